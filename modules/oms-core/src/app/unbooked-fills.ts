import { executionReportFromWire, executionReportToWire, wireCodec } from '@ats/contracts';
import {
  type AccountId,
  AtsError,
  accountId,
  type ExecutionReport,
  type VenueId,
} from '@ats/domain';
import type { Cause } from '@ats/orders';
import type { Item, ItemKey, StateStore, TransactItem } from '@ats/storage';

/** A fill that happened and for which the ledger has no money. */
export interface UnbookedFill {
  readonly report: ExecutionReport;
  readonly accountId: AccountId;
  readonly cause: Cause;
}

/** More than so many of one venue and the work stops: something is wrong at large. */
const FILLS_MAX = 1000;
const CODEC = wireCodec('ats.execution.v1.ExecutionReport');

const partitionOf = (venue: VenueId): string => `unbooked/${venue}`;

function keyOf({ venue, orderId, executionId }: ExecutionReport): ItemKey {
  return { table: 'orders', partition: partitionOf(venue), sort: `${orderId}/${executionId}` };
}

/** What is stored of a fill. */
export function unbookedItem(fill: {
  readonly report: ExecutionReport;
  readonly account: string;
  readonly correlationId: string;
}) {
  const { report, account, correlationId } = fill;
  const bytes = CODEC.encode(executionReportToWire(report));
  return { key: keyOf(report), attributes: { report: bytes, account, correlationId } };
}

function fillOf({ attributes }: Item): UnbookedFill {
  const { report, account, correlationId } = attributes;
  const bytes = report instanceof Uint8Array ? report : new Uint8Array();
  return {
    report: executionReportFromWire(CODEC.decode(bytes)),
    accountId: accountId(String(account)),
    cause: { correlationId: String(correlationId) },
  };
}

/**
 * Fills that could not be booked, kept durably by themselves so that none is lost and none holds
 * up the records behind it. They close their venue until there is money for them.
 */
export class UnbookedFills {
  private readonly state: StateStore;
  private readonly fills = new Map<VenueId, Map<string, UnbookedFill>>();

  constructor(state: StateStore) {
    this.state = state;
  }

  /** Reads what an earlier run left, or other instances have kept. */
  async load(venues: readonly VenueId[]): Promise<void> {
    for (const venue of venues) {
      const read = new Map<string, UnbookedFill>();
      let after: string | undefined;
      do {
        // Those that came at once can be a few more than `FILLS_MAX`.
        const { items, next } = await this.state.query({
          table: 'orders',
          partition: partitionOf(venue),
          limit: FILLS_MAX,
          ...(after === undefined ? {} : { after }),
        });
        for (const item of items) read.set(item.key.sort, fillOf(item));
        after = next;
      } while (after !== undefined);
      this.fills.set(venue, read);
    }
  }

  of(venue: VenueId): readonly UnbookedFill[] {
    return [...(this.fills.get(venue)?.values() ?? [])];
  }

  get size(): number {
    return [...this.fills.values()].reduce((sum, { size }) => sum + size, 0);
  }

  has(report: ExecutionReport): boolean {
    return this.fills.get(report.venue)?.has(keyOf(report).sort) ?? false;
  }

  /** Resolves when the fill is durable. @throws LEDGER_FILLS_UNBOOKED when there are too many */
  async keep(fill: UnbookedFill): Promise<void> {
    const { report } = fill;
    const { venue } = report;
    // What another instance has booked meanwhile does not count.
    if (this.of(venue).length >= FILLS_MAX) await this.load([venue]);
    if (this.of(venue).length >= FILLS_MAX) throw tooMany(venue);
    const { accountId: account, cause } = fill;
    const item = unbookedItem({ report, account, correlationId: cause.correlationId });
    const create: TransactItem = { kind: 'create', ...item };
    // Refused means that it is kept already.
    const result = await this.state.transact([create]);
    if (result.kind === 'conflict') return this.keep(fill);
    this.remember(fill);
  }

  /** The steps that go with the booking of a fill; none where it was never kept. */
  removal(report: ExecutionReport | undefined): readonly TransactItem[] {
    if (report === undefined || !this.has(report)) return [];
    return [{ kind: 'delete', key: keyOf(report) }];
  }

  /** The fill is booked. */
  forget(report: ExecutionReport | undefined): void {
    if (report !== undefined) this.fills.get(report.venue)?.delete(keyOf(report).sort);
  }

  private remember(fill: UnbookedFill): void {
    const { venue } = fill.report;
    const fills = this.fills.get(venue) ?? new Map<string, UnbookedFill>();
    this.fills.set(venue, fills.set(keyOf(fill.report).sort, fill));
  }
}

const tooMany = (venue: VenueId): AtsError =>
  new AtsError({
    code: 'LEDGER_FILLS_UNBOOKED',
    message: `${FILLS_MAX} fills at ${venue} wait for money that the ledger does not have`,
    remedy: `Confirm what differs at ${venue}, so that they can be booked.`,
    retry: 'safe',
    context: { field: 'venue', value: venue },
  });
