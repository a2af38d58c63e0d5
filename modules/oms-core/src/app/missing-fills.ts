import type { AccountId, ExecutionReport, OrderId, VenueId } from '@ats/domain';
import { executionKey, executionReportRecord } from '@ats/orders';
import { type Logger, RecentMap } from '@ats/runtime';
import type { EventLog, StateStore } from '@ats/storage';
import type { Sighting } from '../domain/comparison.ts';
import type { UnbookedFills } from './unbooked-fills.ts';

export interface MissingFillsOptions {
  readonly state: StateStore;
  readonly log: EventLog;
  readonly unbooked: UnbookedFills;
  readonly logger: Logger;
  readonly onLimit: (limit: 'booked_fills') => void;
  /** Booked fills that are remembered. */
  readonly bookedMax?: number;
}

/** Booked fills that are remembered, so that the store is not asked again at each comparison. */
const BOOKED_MAX = 20_000;

/** Comparisons after which a fill that has not been reported is reported by us. */
const PATIENCE = 2;

/** Comparisons after which it is reported once more, should the first report have failed. */
const AGAIN = 50;

const keyOf = ({ orderId, executionId }: ExecutionReport): string => `${orderId}/${executionId}`;

/** Finds fills that the venue counts and that never arrived, and brings them in. */
export class MissingFills {
  private readonly options: MissingFillsOptions;
  private readonly booked: RecentMap<string, true>;
  private waiting = new Map<string, number>();

  constructor(options: MissingFillsOptions) {
    this.options = options;
    this.booked = new RecentMap({ most: options.bookedMax ?? BOOKED_MAX });
  }

  /** @returns those of the fills that are not booked, kept unbooked ones aside */
  async find(fills: readonly ExecutionReport[]): Promise<readonly ExecutionReport[]> {
    const { state, unbooked } = this.options;
    const missing: ExecutionReport[] = [];
    for (const fill of fills) {
      const key = keyOf(fill);
      if (this.booked.has(key) || unbooked.has(fill)) continue;
      if ((await state.get(executionKey(fill))) === undefined) missing.push(fill);
      else this.remember(key);
    }
    return missing;
  }

  /**
   * Reports fills that have been missing for several comparisons to the log, from where they are
   * booked as any other. One that is reported by its venue after all is recognised.
   */
  async bring(
    missing: readonly ExecutionReport[],
    ownerOf: (orderId: OrderId) => Promise<AccountId | undefined>,
  ): Promise<void> {
    const before = this.waiting;
    this.waiting = new Map();
    for (const fill of missing) {
      const count = (before.get(keyOf(fill)) ?? 0) + 1;
      this.waiting.set(keyOf(fill), count);
      if (count !== PATIENCE && count % AGAIN !== 0) continue;
      const { orderId, executionId, venue } = fill;
      const accountId = await ownerOf(orderId);
      if (accountId === undefined) continue;
      const correlationId = `reconciliation:${venue}`;
      await this.options.log.append(executionReportRecord(fill, { accountId, correlationId }));
      const fields = { orderId, executionId, venue };
      this.options.logger.warn('reconciliation.fill_missed', 'a fill was never reported', fields);
    }
  }

  private remember(key: string): void {
    if (this.booked.set(key, true) !== undefined) this.options.onLimit('booked_fills');
  }
}

export function fillSighting(fill: ExecutionReport): Sighting {
  return {
    kind: 'fill',
    subject: `${fill.orderId}/${fill.executionId}`,
    ours: 'not booked',
    theirs: describeFill(fill),
    mark: '',
    change: undefined,
    explained: false,
    detail: 'The fill is being booked from what the venue says. If it stays, look up its order.',
  };
}

export function unbookedSighting(fill: ExecutionReport): Sighting {
  return {
    ...fillSighting(fill),
    ours: 'the ledger lacks the money for it',
    detail: 'Confirm the balances that differ; the fill is then booked by itself.',
  };
}

function describeFill({ fill, side, instrument }: ExecutionReport): string {
  return `${side} ${fill?.quantity} ${instrument} at ${fill?.price}`;
}

/** Where the reading of a venue's fills goes on after a restart. */
export const cursorKey = (venue: VenueId) =>
  ({ table: 'orders', partition: `reconciliation/${venue}`, sort: 'fills' }) as const;
