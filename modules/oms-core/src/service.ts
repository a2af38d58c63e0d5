import { LEDGER_SERVICE } from '@ats/contracts';
import { Decimal, marketId, type Order, venueId } from '@ats/domain';
import { assetsOf, type HoldTerms, holdTermsOf, Outbox } from '@ats/orders';
import {
  limitHits,
  listingsOf,
  type RpcServing,
  type RunningService,
  type ServiceContext,
  type ServiceModule,
} from '@ats/runtime';
import { type DurablePorts, type EventLog, instanceName, type StateStore } from '@ats/storage';
import { venueReader } from './adapters/venue-reader.ts';
import { Alerts } from './app/alerts.ts';
import { OrderBookkeeper } from './app/bookkeeper.ts';
import { LedgerDesk } from './app/ledger-desk.ts';
import { ledgerHandlers } from './app/ledger-handlers.ts';
import { LedgerReader } from './app/ledger-reader.ts';
import { MissingFills } from './app/missing-fills.ts';
import { Reconciler } from './app/reconciler.ts';
import { UnbookedFills } from './app/unbooked-fills.ts';
import { VenueReconciliation } from './app/venue-reconciliation.ts';
import {
  accountAt,
  accountsOf,
  type OmsConfig,
  omsConfigSchema,
  reconciliationRules,
} from './config.ts';
import { type LedgerWork, shareLedger } from './ledger-lease.ts';

const NAME = 'oms-core';
const TOPICS = ['orders.commands', 'exec.reports'] as const;

type OmsPorts = Pick<DurablePorts, 'eventLog' | 'stateStore'>;
type OmsContext = ServiceContext<OmsConfig, OmsPorts>;

export interface RunningOms extends RunningService {
  /** `host:port` of the gRPC server; empty when only this process calls. */
  readonly address: string;
}

/** Keeps orders, their money and the ledger, and compares it with what venues say. */
export const omsCore: ServiceModule<OmsConfig, OmsPorts, RunningOms> = {
  name: NAME,
  configSchema: omsConfigSchema,
  start,
};

async function start(context: OmsContext): Promise<RunningOms> {
  const { config, ports, rpc, logger } = context;
  const log = await ports.eventLog();
  const state = await ports.stateStore();
  const random = context.random.stream('outbox');
  const owner = instanceName(NAME, config.sharing);
  const outbox = new Outbox({ ...context, owner, state, log, random });
  const parts = assemble(context, { log, state, outbox });
  const { bookkeeper, reconciler, unbooked } = parts;
  await outbox.recover();
  await unbooked.load(venuesOf(config));
  let serving: RpcServing | undefined;
  const ledger: LedgerWork = {
    async open() {
      serving = await rpc.serve(LEDGER_SERVICE, ledgerHandlers({ state, log, reconciler }));
      reconciler.start();
    },
    async close() {
      serving?.setServing(false);
      await Promise.all([serving?.stop(), reconciler.stop()]);
    },
  };
  const shared = config.sharing.enabled
    ? await shareLedger(context, { state, outbox, ledger })
    : await ledger.open();
  const subscription = await log.subscribe({
    group: NAME,
    topics: [...TOPICS],
    batchMax: config.oms.batchMax,
    handle: async (batch) => {
      // What an instance that is gone has not published is older than what this leads to.
      await shared?.leases.takenUp();
      await bookkeeper.handle(batch);
    },
  });
  const addressOf = (): string => serving?.address ?? '';
  logger.info('oms.serving', 'the OMS works', { address: addressOf() });
  return {
    ...(shared === undefined ? {} : { failed: shared.failed }),
    get address() {
      return addressOf();
    },
    readiness: () => {
      const { ready, reasons } = bookkeeper.readiness();
      const { ok, reason } = log.health();
      return ok ? { ready, reasons } : { ready: false, reasons: [...reasons, reason] };
    },
    async drain() {
      serving?.setServing(false);
      bookkeeper.stop();
      parts.stop();
      await Promise.all([shared?.leases.close() ?? ledger.close(), subscription.close()]);
      await bookkeeper.close();
      await outbox.close();
    },
  };
}

const venuesOf = ({ venues }: OmsConfig) =>
  Object.keys(venues)
    .filter((name) => venues[name]?.enabled)
    .map(venueId);

function assemble(
  context: OmsContext,
  stores: { readonly log: EventLog; readonly state: StateStore; readonly outbox: Outbox },
) {
  const { config, clock, logger, rpc, timers, metrics } = context;
  const { reconciliation, cachedOrdersMax } = config.oms;
  const { log, state } = stores;
  let stopped = false;
  const unbooked = new UnbookedFills(state);
  const marketOf = marketsOf(config);
  const bookkeeper = new OrderBookkeeper({
    ...context,
    ...stores,
    unbooked,
    marketOf,
    cachedOrdersMax,
  });
  const desk = new LedgerDesk({ ...stores, giveUp: () => stopped });
  const parts = {
    ...stores,
    clock,
    logger,
    desk,
    bookkeeper,
    unbooked,
    readVenue: venueReader({ rpc, deadlineMs: reconciliation.deadlineMs }),
    ledger: new LedgerReader({ state, accounts: accountsOf(config) }),
    alerts: new Alerts({ log, logger, clock }),
    caughtUp: async () => {
      const lags = await log.lag({ group: NAME, topics: [...TOPICS] });
      return lags.every(({ lag }) => lag === 0);
    },
    rules: reconciliationRules(config),
  };
  const limits = ['booked_fills', 'told_differences'] as const;
  const onLimit = limitHits(metrics, { name: 'ats_oms_limit_hits_total', limits });
  const venues = venuesOf(config).map((venue) => {
    const missing = new MissingFills({ state, log, unbooked, logger, onLimit });
    return new VenueReconciliation(
      { venue, account: accountAt(config, venue) },
      { ...parts, missing, onLimit },
    );
  });
  const { intervalMs, retryMs } = reconciliation;
  const reconciler = new Reconciler({ venues, desk, timers, metrics, intervalMs, retryMs });
  const stop = (): void => {
    stopped = true;
  };
  return { bookkeeper, reconciler, unbooked, stop };
}

/** The rate of an order's listing; one that is listed no more pays fees from available money. */
function marketsOf(config: OmsConfig): (order: Order) => HoldTerms {
  const terms = new Map(listingsOf(config).map((one) => [marketId(one), holdTermsOf(one)]));
  return (order) =>
    terms.get(marketId(order.terms)) ?? { ...assetsOf(order.terms), dearestFeeBps: Decimal.ZERO };
}
