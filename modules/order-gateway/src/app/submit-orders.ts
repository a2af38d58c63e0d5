import {
  type AtsError,
  Decimal,
  deriveOrderId,
  type LedgerEntry,
  type Listing,
  marketId,
  type NewOrder,
} from '@ats/domain';
import { balanceItems, createOrderItems, ledgerEntryRecord, orderCommandRecord } from '@ats/orders';
import { childOf } from '@ats/runtime';
import type { ItemRefusal, NewRecord, TransactItem } from '@ats/storage';
import { checkNotional, checkTerms } from '../domain/order-rules.ts';
import { type Refused, refusal, refused } from '../domain/refusals.ts';
import { checkSubmit, type SubmitRequest, submitDigest } from '../domain/requests.ts';
import { type DeskParts, type Taken, tellCommit } from './desk-parts.ts';
import { type Draft, draftOf } from './drafts.ts';
import { fundsInsufficient } from './funds.ts';
import { gateClosed } from './gates.ts';
import { findRepeat, type Remembered, rememberItem, repeatOf, reused } from './request-memory.ts';

/** Where the idempotency record stands in the transaction. */
const MEMORY_INDEX = 0;

type Drafted = { readonly kind: 'drafted'; readonly drafts: readonly Draft[] } | Refused;

/** Takes the orders of one request, all or none, in one transaction and without a read before. */
export class SubmitOrders {
  private readonly parts: DeskParts;

  constructor(parts: DeskParts) {
    this.parts = parts;
  }

  async run(request: SubmitRequest): Promise<Taken | Refused> {
    const wrong = checkSubmit(request);
    if (wrong !== undefined) return refused(wrong);
    const atUs = this.parts.clock.nowUs();
    const drafted = this.draft(request, atUs);
    if (drafted.kind === 'refused') return this.unlessRepeated(request, drafted.error);
    const { drafts } = drafted;
    const judged = await this.judgedByRisk(request, drafts);
    if (judged !== undefined) return judged;
    const entries = drafts.flatMap(({ entry }) => (entry === undefined ? [] : entry));
    const committed = { ...request, traceparent: childOf(request.traceparent, 'commit') };
    const startUs = this.parts.clock.nowUs();
    const made = await this.parts.commits.make(
      this.items(request, { drafts, entries, atUs }),
      records(committed, { drafts, entries, atUs }),
    );
    tellCommit(this.parts, { request, made, startUs });
    switch (made.kind) {
      case 'committed':
        return { kind: 'taken', orders: drafts.map(({ order }) => order), repeated: false };
      case 'conditions':
        return this.judge(request, { refusals: made.refusals, entries });
      case 'failed':
        return refused(made.error);
    }
  }

  /** @returns the answer, where risk has not approved it or the request was taken before */
  private async judgedByRisk(
    request: SubmitRequest,
    drafts: readonly Draft[],
  ): Promise<Taken | Refused | undefined> {
    if (request.purpose === 'unwind') return undefined;
    const { risk, gates } = this.parts;
    const orders = drafts.map(({ order, price }) => ({ ...order.terms, price }));
    if (request.approval !== undefined) {
      const refused = risk.presented(request, orders, gates.reducingSinceUs);
      return refused === undefined ? undefined : this.unlessRepeated(request, refused);
    }
    // A request that was taken before is not judged again: what it asked for counts already.
    const known = await this.repeated(request);
    if (known !== undefined) return known;
    const refusal = await risk.ask(request, orders);
    return refusal === undefined ? undefined : refused(refusal);
  }

  private draft(request: SubmitRequest, atUs: number): Drafted {
    const drafts: Draft[] = [];
    const { gates } = this.parts;
    for (const [index, terms] of request.orders.entries()) {
      const path = request.orders.length === 1 ? '' : `orders[${index}].`;
      const listing = this.listing(terms, path);
      if (listing.kind === 'refused') return listing;
      const wrong = checkTerms({ terms, listing: listing.listing, path });
      if (wrong !== undefined) return refused(wrong);
      const closed = gates.closedFor(terms.venue, request.purpose);
      if (closed !== undefined) return refused(gateClosed(closed));
      const worstPrice = terms.limitPrice ?? this.parts.prices.worst(listing.listing, terms.side);
      if (worstPrice === undefined) return refused(priceUnknown(terms, path));
      const small = checkNotional({ terms, listing: listing.listing, path }, worstPrice);
      if (small !== undefined) return refused(small);
      drafts.push(draftOf({ request, index, terms, listing: listing.listing, worstPrice, atUs }));
    }
    return { kind: 'drafted', drafts };
  }

  private listing(
    terms: NewOrder,
    path: string,
  ): { readonly kind: 'listed'; readonly listing: Listing } | Refused {
    const { markets, venues } = this.parts;
    const listing = markets.get(marketId(terms));
    if (listing !== undefined) return { kind: 'listed', listing };
    if (!venues.has(terms.venue)) {
      const names = [...venues].join(', ');
      return refused(
        refusal({
          code: 'VENUE_UNKNOWN',
          message: `${path}venue is "${terms.venue.slice(0, 40)}", which is not one of ${names}`,
          remedy: `Send one of ${names}.`,
          field: `${path}venue`,
          value: terms.venue,
        }),
      );
    }
    const listed = [...markets.values()].filter(({ venue }) => venue === terms.venue);
    const names = listed.map(({ instrument }) => instrument).join(', ');
    const shown = terms.instrument.slice(0, 40);
    return refused(
      refusal({
        code: 'INSTRUMENT_UNKNOWN',
        message: `${path}instrument is "${shown}", ${terms.venue} lists ${names}`,
        remedy: `Send one of ${names}.`,
        field: `${path}instrument`,
        value: terms.instrument,
      }),
    );
  }

  private memory(request: SubmitRequest): Remembered {
    const { accountId, requestId, orders } = request;
    const orderIds = orders.map((_, index) => deriveOrderId({ accountId, requestId, index }));
    return { accountId, requestId, digest: submitDigest(request), orderIds };
  }

  private items(request: SubmitRequest, made: Made): readonly TransactItem[] {
    const { drafts, entries, atUs } = made;
    return [
      rememberItem(this.memory(request), atUs + this.parts.requestIdUs),
      ...drafts.flatMap(({ order, hold }) => createOrderItems(order, hold)),
      ...balanceItems(entries),
    ];
  }

  /** A request that was taken once gets its answer, whatever would be said of it today. */
  private async unlessRepeated(request: SubmitRequest, error: AtsError): Promise<Taken | Refused> {
    try {
      return (await this.repeated(request)) ?? refused(error);
    } catch {
      // The store cannot say: the refusal that stands is a true answer as well.
      return refused(error);
    }
  }

  /** The answer to a request that was taken before. @returns undefined for a new one */
  private async repeated(request: SubmitRequest): Promise<Taken | Refused | undefined> {
    const repeat = await findRepeat(this.parts.state, this.memory(request));
    if (repeat === undefined) return undefined;
    if (repeat.kind === 'reused') return refused(repeat.error);
    return { kind: 'taken', orders: repeat.orders, repeated: true };
  }

  /** What the conditions that did not hold say of the request. */
  private async judge(
    request: SubmitRequest,
    found: { readonly refusals: readonly ItemRefusal[]; readonly entries: readonly LedgerEntry[] },
  ): Promise<Taken | Refused> {
    const known = found.refusals.find(({ index }) => index === MEMORY_INDEX)?.current;
    if (known !== undefined) {
      const asked = this.memory(request);
      const repeat = await repeatOf(this.parts.state, { asked, item: known });
      if (repeat.kind === 'reused') return refused(repeat.error);
      return { kind: 'taken', orders: repeat.orders, repeated: true };
    }
    const lacking = found.refusals.find(({ key }) => key.table === 'balances');
    if (lacking !== undefined) return refused(fundsInsufficient(found.entries, lacking));
    // The orders are there though the record of the request is not: it has expired since.
    return refused(reused(request.requestId));
  }
}

interface Made {
  readonly drafts: readonly Draft[];
  readonly entries: readonly LedgerEntry[];
  readonly atUs: number;
}

function records(request: SubmitRequest, { drafts, entries, atUs }: Made): readonly NewRecord[] {
  const { accountId, correlationId, traceparent, requestId } = request;
  const about = { accountId, correlationId, traceparent };
  const asked = { requestId, digest: submitDigest(request) };
  return [
    ...drafts.map(({ order }) =>
      orderCommandRecord({ kind: 'submit', order, issuedAtUs: atUs, asked }, about),
    ),
    ...entries.map((entry) => ledgerEntryRecord(entry, about)),
  ];
}

function priceUnknown(terms: NewOrder, path: string): AtsError {
  const market = `${terms.instrument} on ${terms.venue}`;
  return refusal({
    code: 'ORDER_PRICE_UNKNOWN',
    message: `${path}type is market, but there is no fresh book of ${market} to reckon with`,
    remedy: 'Wait for the book, or send a limit order.',
    field: `${path}type`,
    value: terms.type,
    retry: 'safe',
    facts: { orderedQuantity: (terms.quantity ?? Decimal.ZERO).toString() },
  });
}
