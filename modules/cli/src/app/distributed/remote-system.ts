import {
  arbitrageTradeFromWire,
  ENGINE_SERVICE,
  MARKET_DATA_SERVICE,
  opportunityRecordFromWire,
  venueStatusFromWire,
  type WireMessages,
} from '@ats/contracts';
import type { ArbitrageTrade, OpportunityRecord } from '@ats/domain';
import {
  type Logger,
  type Readiness,
  type RpcDirectory,
  type RpcSubscription,
  type SubscribeOptions,
  systemClock,
  systemTimers,
  type TimerHandle,
} from '@ats/runtime';
import { type Sample, samplesOf } from '@ats/ui-dashboard';
import { z } from 'zod';
import type { EdgeCell } from '../../view/snapshot.ts';
import type { CollectorView, EngineView, MarketShown } from '../session-parts.ts';
import type { EngineFigures } from '../summary.ts';
import { engineFigures, frameToBookOf, venueFigures } from './figures.ts';

const PERIOD_MS = 1000;
const CALL = { deadlineMs: 3000 };
const TRADES_MAX = 50;
const UNKNOWN: Readiness = { ready: false, reasons: [] };
const readinessBody = z.object({ ready: z.boolean(), reasons: z.array(z.string()) });

interface Wire {
  StreamOpportunitiesResponse: WireMessages['ats.opportunity.v1.StreamOpportunitiesResponse'];
  StreamExecutionsResponse: WireMessages['ats.opportunity.v1.StreamExecutionsResponse'];
}

type AdminName = 'price-collector' | 'trading-engine' | 'order-gateway';

/**
 * What services of other processes say of themselves: asked once a second over gRPC, `/metrics` and
 * `/readyz`, changes of opportunities and trades as they are streamed. Of who does not answer what
 * was known before stands.
 */
export class RemoteSystem {
  readonly collector: CollectorView;
  readonly engine: EngineView;
  readonly gateway: { readiness(): Readiness };
  private readonly rpc: RpcDirectory;
  private readonly logger: Logger;
  private readonly adminUrl: (service: AdminName) => string;
  private polling: TimerHandle | undefined;
  private asking: Promise<void> | undefined;
  private readonly streams = new Set<RpcSubscription>();
  private readonly recordListeners = new Set<(record: OpportunityRecord) => void>();
  private readonly tradeListeners = new Set<(trade: ArbitrageTrade) => void>();
  private closed = false;

  private stats: ReturnType<CollectorView['stats']> = { venues: {}, frameToBook: NOTHING };
  private markets: readonly MarketShown[] = [];
  private figures: EngineFigures | undefined;
  private edges: readonly EdgeCell[] = [];
  private trades: readonly ArbitrageTrade[] = [];
  private ready: Partial<Record<AdminName, Readiness>> = {};

  constructor(parts: {
    readonly rpc: RpcDirectory;
    readonly logger: Logger;
    /** Where a service has `/metrics` and `/readyz`. */
    readonly adminUrl: (service: string) => string;
    /** Why processes do not run that should. */
    readonly troubles: () => readonly string[];
  }) {
    this.rpc = parts.rpc;
    this.logger = parts.logger;
    this.adminUrl = parts.adminUrl;
    this.gateway = {
      readiness: () => {
        const { ready, reasons } = this.ready['order-gateway'] ?? UNKNOWN;
        return { ready, reasons: [...parts.troubles(), ...reasons] };
      },
    };
    this.collector = { stats: () => this.stats, markets: () => this.markets };
    this.engine = {
      stats: () => this.figures as EngineFigures,
      spreadMatrix: () => this.edges,
      recentTrades: (limit) => this.trades.slice(0, limit),
      onOpportunity: (listener) => void this.recordListeners.add(listener),
      onTrade: (listener) => void this.tradeListeners.add(listener),
      readiness: () => this.ready['trading-engine'] ?? UNKNOWN,
    };
  }

  /** Asks everybody once, then again and again. @throws when the engine does not answer */
  async open(): Promise<void> {
    const { rpc } = this;
    this.listen<Wire['StreamOpportunitiesResponse']>(
      (options) => rpc.subscribe(ENGINE_SERVICE, 'StreamOpportunities', {}, options),
      ({ record }) => {
        if (record === null) return;
        const read = opportunityRecordFromWire(record);
        for (const listener of this.recordListeners) listener(read);
      },
    );
    this.listen<Wire['StreamExecutionsResponse']>(
      (options) => rpc.subscribe(ENGINE_SERVICE, 'StreamExecutions', {}, options),
      ({ trade }) => {
        if (trade === null) return;
        const read = arbitrageTradeFromWire(trade);
        for (const listener of this.tradeListeners) listener(read);
      },
    );
    await this.askEngine();
    await this.ask();
    this.polling = systemTimers.every(PERIOD_MS, () => void this.ask());
  }

  /** Asks everybody now. Never rejects. */
  ask(): Promise<void> {
    this.asking ??= Promise.allSettled([
      this.askCollector(),
      this.askEngine(),
      this.askReady('trading-engine'),
      this.askReady('order-gateway'),
    ]).then(() => {
      this.asking = undefined;
    });
    return this.asking;
  }

  close(): void {
    this.closed = true;
    this.polling?.cancel();
    for (const stream of this.streams) stream.close();
  }

  private async askCollector(): Promise<void> {
    const [samples, { markets }] = await Promise.all([
      this.samples('price-collector'),
      this.rpc.client(MARKET_DATA_SERVICE).GetMarkets({}, CALL),
    ]);
    this.stats = { venues: venueFigures(samples), frameToBook: frameToBookOf(samples) };
    const nowUs = systemClock.nowUs();
    this.markets = markets.flatMap(({ quote }) => {
      if (quote === null) return [];
      const { receivedAtUs } = quote;
      const { venue, instrument, state, reason } = venueStatusFromWire({
        ...quote,
        exchangeTimeUs: 0,
      });
      const ageMs = receivedAtUs === 0 ? Number.POSITIVE_INFINITY : (nowUs - receivedAtUs) / 1000;
      return [{ venue, instrument, state, reason, ageMs }];
    });
  }

  private async askEngine(): Promise<void> {
    const engine = this.rpc.client(ENGINE_SERVICE);
    const [samples, statistics, { cells }, { trades }] = await Promise.all([
      this.samples('trading-engine'),
      engine.GetTradingStatistics({}, CALL),
      engine.GetSpreadMatrix({}, CALL),
      engine.ListTrades({ openOnly: false, limit: TRADES_MAX }, CALL),
    ]);
    this.figures = engineFigures(samples, statistics);
    this.edges = cells.map(cellOf);
    this.trades = trades
      .map(arbitrageTradeFromWire)
      .toSorted((one, other) => other.createdAtUs - one.createdAtUs);
  }

  private async askReady(name: AdminName): Promise<void> {
    const response = await this.fetched(name, '/readyz').catch(() => undefined);
    this.ready[name] =
      response === undefined
        ? { ready: false, reasons: [`${name} does not answer`] }
        : readinessBody.parse(await response.json());
  }

  private async samples(name: AdminName): Promise<readonly Sample[]> {
    return samplesOf(await (await this.fetched(name, '/metrics')).text());
  }

  private fetched(name: AdminName, path: string): Promise<Response> {
    const signal = AbortSignal.timeout(CALL.deadlineMs);
    return fetch(`${this.adminUrl(name)}${path}`, { signal });
  }

  /** Follows a stream of the engine, which may go and come again. */
  private listen<Message>(
    open: (options: SubscribeOptions<Message>) => RpcSubscription,
    onMessage: (message: Message) => void,
  ): void {
    if (this.closed) return;
    const stream = open({
      ...CALL,
      onMessage,
      onEnd: (error) => {
        this.streams.delete(stream);
        this.logger.debug('engine.stream_ended', 'a stream of the engine ended', { error });
        systemTimers.after(PERIOD_MS, () => this.listen(open, onMessage));
      },
    });
    this.streams.add(stream);
  }
}

const NOTHING = { p50: null, p99: null, max: null, count: null };

function cellOf(cell: WireMessages['ats.opportunity.v1.SpreadCell']): EdgeCell {
  const { base, buyVenue: buy, sellVenue: sell, priced, stale } = cell;
  return { base, buy, sell, netBps: priced ? cell.netBps : Number.NaN, stale };
}
