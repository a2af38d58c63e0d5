import { wireCodec } from '@ats/contracts';
import { type ManualClock, manualClock, silentLogger } from '@ats/testkit';
import {
  Alerts,
  LedgerReader,
  MissingFills,
  Reconciler,
  type ReconciliationRules,
  VenueReconciliation,
} from '../../src/index.ts';
import { BINANCE, BTC, decimal, MAIN, Stage, USDT } from '../stage.ts';
import { FakeVenue } from './fake-venue.ts';

const ALERT = wireCodec('ats.alert.v1.Alert');

export const RULES: ReconciliationRules = {
  adopt: 'none',
  feeTolerance: new Map(),
  comparisonsMin: 3,
  unsettledUsMax: 60_000_000,
  explainedUsMax: 3_600_000_000,
  verdictAgeUsMax: 30_000_000,
  fillsOverlapUs: 300_000_000,
};

/** Timers on which nothing ever comes: the test says when to compare. */
const NEVER = {
  after: () => ({ cancel: () => {} }),
  every: () => ({ cancel: () => {} }),
  sleep: () => new Promise<void>(() => {}),
};

/** An OMS on real stores, a venue whose books the test keeps, and what compares the two. */
export class Reconciling {
  readonly stage: Stage;
  readonly venue = new FakeVenue();
  readonly clock: ManualClock = manualClock();
  /** What the OMS says of whether all reports have had their effect. */
  caughtUp = true;

  private constructor(stage: Stage) {
    this.stage = stage;
  }

  /** Limits that were hit, in order. */
  readonly limitsHit: string[] = [];

  static async open(): Promise<Reconciling> {
    const stage = await Stage.open();
    await stage.consume();
    return new Reconciling(stage);
  }

  begin(rules: Partial<ReconciliationRules> = {}) {
    const { clock } = this;
    const { state, log, desk, bookkeeper, unbooked, metrics } = this.stage;
    const logger = silentLogger();
    const onLimit = (limit: string) => void this.limitsHit.push(limit);
    const one = new VenueReconciliation(
      { venue: BINANCE, account: MAIN },
      {
        readVenue: this.venue.read,
        state,
        ledger: new LedgerReader({ state, accounts: [MAIN] }),
        desk,
        bookkeeper,
        unbooked,
        missing: new MissingFills({ state, log, unbooked, logger, onLimit }),
        onLimit,
        alerts: new Alerts({ log, logger, clock }),
        caughtUp: () => Promise.resolve(this.caughtUp),
        clock,
        logger,
        rules: { ...RULES, ...rules },
      },
    );
    const settings = { intervalMs: 1000, retryMs: 10 };
    const reconciler = new Reconciler({
      ...{ venues: [one], desk, metrics, ...settings },
      timers: NEVER,
    });
    const compare = async (times = 1) => {
      for (let time = 0; time < times; time += 1) {
        clock.advanceUs(1_000_000);
        await one.compare();
      }
      return one.verdict();
    };
    return { reconciler, compare, verdict: () => one.verdict() };
  }

  /** What the venue has from now on. */
  holds(usdt: number | string, btc: number | string = 0): void {
    this.venue.totals.set(USDT, decimal(usdt)).set(BTC, decimal(btc));
  }

  async alerts() {
    const records = await this.stage.log.read({ topic: 'alerts', partition: 0, from: 0 });
    return records.map(({ payload }) => ALERT.decode(payload));
  }

  close(): Promise<void> {
    return this.stage.close();
  }
}
