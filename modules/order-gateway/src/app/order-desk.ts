import { type AccountId, type Balance, marketId, type Order, type OrderId } from '@ats/domain';
import {
  accountOrdersPartition,
  balancesPartition,
  listedOrderId,
  openOrdersPartition,
  orderKey,
  readBalanceItem,
  readOrderItem,
} from '@ats/orders';
import type { ItemQuery } from '@ats/storage';
import { type Refused, refused } from '../domain/refusals.ts';
import type { CancelRequest, ReplaceRequest, SubmitRequest } from '../domain/requests.ts';
import { ChangeOrder } from './change-order.ts';
import { Commits } from './commits.ts';
import {
  type DeskAnswer,
  type DeskParts,
  type OrderDeskOptions,
  orderUnknown,
  storedOrder,
  type Taken,
} from './desk-parts.ts';
import { SubmitOrders } from './submit-orders.ts';

/** Things of an account, and where the next page starts; `next` is undefined at the end. */
export interface Page<Thing> {
  readonly things: readonly Thing[];
  readonly next: string | undefined;
}

export interface PageRequest {
  readonly accountId: AccountId;
  readonly after: string | undefined;
  /** Things wanted at most; the desk's own limit holds in any case. */
  readonly limit: number | undefined;
}

const PAGE = 50;
const PAGE_MAX = 200;

/**
 * The one way in for orders. Each request that changes something is one transaction: the
 * idempotency record, the orders, the money reserved for them and the outbox entry, all or none.
 * No sockets, no ambient time: a simulation drives this very class.
 */
export class OrderDesk {
  private readonly parts: DeskParts;
  private readonly submitting: SubmitOrders;
  private readonly changing: ChangeOrder;

  constructor(options: OrderDeskOptions) {
    const { listings } = options;
    this.parts = {
      ...options,
      commits: new Commits(options),
      markets: new Map(listings.map((listing) => [marketId(listing), listing])),
      venues: new Set(listings.map(({ venue }) => venue)),
    };
    this.submitting = new SubmitOrders(this.parts);
    this.changing = new ChangeOrder(this.parts);
  }

  /** Takes orders, all or none. @throws nothing that the caller could mend: defects only */
  submit(request: SubmitRequest): Promise<Taken | Refused> {
    return this.told('submit', this.submitting.run(request));
  }

  /** Asks for a cancel; the OMS and the venue have the last word. */
  cancel(request: CancelRequest): Promise<Taken | Refused> {
    return this.told('cancel', this.changing.cancel(request));
  }

  /** Asks for other terms of a limit order; the OMS reserves the difference. */
  replace(request: ReplaceRequest): Promise<Taken | Refused> {
    return this.told('replace', this.changing.replace(request));
  }

  /** @param asker whose orders it may see; all unless told. @throws STORAGE_UNAVAILABLE */
  async get(
    orderId: OrderId,
    asker: Pick<CancelRequest, 'owns'> = {},
  ): Promise<{ readonly kind: 'found'; readonly order: Order } | Refused> {
    const stored = await storedOrder(this.parts.state, orderId);
    if (stored === undefined || asker.owns?.(stored.order.accountId) === false) {
      return refused(orderUnknown(orderId));
    }
    return { kind: 'found', order: stored.order };
  }

  /** Newest first; open ones alone by order id. @throws STORAGE_UNAVAILABLE */
  async list(request: PageRequest & { readonly openOnly: boolean }): Promise<Page<Order>> {
    const { accountId, openOnly } = request;
    const partition = openOnly ? openOrdersPartition(accountId) : accountOrdersPartition(accountId);
    const order = openOnly ? 'ascending' : 'descending';
    const { state } = this.parts;
    const page = await state.query(this.pageQuery({ table: 'orders', partition, order }, request));
    const items = await Promise.all(
      page.items.map((item) => state.get(orderKey(listedOrderId(item)))),
    );
    const things = items.flatMap((item) => (item === undefined ? [] : readOrderItem(item).order));
    return { things, next: page.next };
  }

  /** By venue and asset. @throws STORAGE_UNAVAILABLE */
  async balances(
    request: PageRequest & { readonly venue: string | undefined },
  ): Promise<Page<Balance>> {
    const { accountId, venue } = request;
    const sortPrefix = venue === undefined ? {} : { sortPrefix: `${venue}/` };
    const partition = balancesPartition(accountId);
    const query = this.pageQuery({ table: 'balances', partition, ...sortPrefix }, request);
    const page = await this.parts.state.query(query);
    return { things: page.items.map(readBalanceItem), next: page.next };
  }

  /** Whether more requests can be taken: not too many wait for the log. */
  health(): { readonly ok: boolean; readonly reason: string } {
    return this.parts.commits.health();
  }

  close(): void {
    this.parts.commits.close();
  }

  private async told(
    use: DeskAnswer['use'],
    asked: Promise<Taken | Refused>,
  ): Promise<Taken | Refused> {
    const { clock, onAnswer } = this.parts;
    const startedUs = clock.nowUs();
    const answer = await asked;
    const took = answer.kind === 'taken' && answer.repeated ? 'repeated' : 'taken';
    const result = answer.kind === 'refused' ? answer.error.code : took;
    onAnswer?.({ use, result, tookUs: clock.nowUs() - startedUs });
    return answer;
  }

  private pageQuery(query: ItemQuery, { after, limit = PAGE }: PageRequest): ItemQuery {
    const most = Math.max(1, Math.min(limit, PAGE_MAX));
    return { ...query, limit: most, ...(after === undefined ? {} : { after }) };
  }
}
