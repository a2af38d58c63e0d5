import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  arbitrageTradeFromWire,
  LEDGER_SERVICE,
  ORDER_SERVICE,
  RISK_SERVICE,
  type WireServices,
  wireCodec,
} from '@ats/contracts';
import type {
  Alert,
  ArbitrageTrade,
  BookTop,
  InstrumentId,
  Listing,
  Opportunity,
  OpportunityLeg,
} from '@ats/domain';
import { assetId, type Decimal, instrumentId, opportunityId, venueId } from '@ats/domain';
import { readAlert, rebuildState } from '@ats/orders';
import {
  loadConfig,
  openRpcDirectory,
  parseConfig,
  type RpcHandlers,
  seededRandom,
  systemClock,
  systemTimers,
  UNGUARDED,
} from '@ats/runtime';
import {
  type EventLog,
  openLmdbEventLog,
  openLmdbStateStore,
  openMemoryMarketBus,
  partitionsOf,
  type StateStore,
} from '@ats/storage';
import { memoryMetrics, silentLogger } from '@ats/testkit';
import { openOrderDesk } from '../../src/adapters/order-desk-rpc.ts';
import { openRiskDesk } from '../../src/adapters/risk-desk-rpc.ts';
import { TradeBooks } from '../../src/app/trade-books.ts';
import { Trading } from '../../src/app/trading.ts';
import { SagasRebuilder, tradingEngine } from '../../src/index.ts';
import { bookTop, coin, decimal, listing } from '../domain/helpers.ts';
import { GatewayModel } from './gateway-model.ts';
import type { Mortal } from './mortal.ts';
import { RiskModel } from './risk-model.ts';

const TRADE = wireCodec('ats.execution.v1.ArbitrageTrade');
const INSTRUMENT = instrumentId({ base: 'BTC', quote: 'USDT' });
const VENUES = ['binance', 'bitfinex', 'third'] as const;

const RULES = { quantityMin: '0.001', notionalMin: '5', step: '0.0001' };

export const LISTINGS: readonly Listing[] = [
  ...VENUES.map((venue) => listing({ venue, instrument: 'BTC/USDT', ...RULES })),
  // A triangle at binance, and ETH for money elsewhere.
  ...['binance', 'third'].map((venue) => listing({ venue, instrument: 'ETH/USDT', ...RULES })),
  listing({
    ...{ venue: 'binance', instrument: 'ETH/BTC', tick: '0.00001', quote: coin('BTC') },
    ...{ ...RULES, notionalMin: '0.0001' },
  }),
];

function leg(
  venue: string,
  price: string,
  { quantity, instrument = INSTRUMENT }: { quantity: Decimal; instrument?: InstrumentId },
): OpportunityLeg {
  const at = decimal(price);
  return {
    venue: venueId(venue),
    instrument,
    limitPrice: at,
    averagePrice: at,
    notional: quantity.multiply(at),
    fee: quantity.multiply(at).multiply(decimal('0.001')),
    conversionRate: decimal('1'),
    levels: 1,
    bookAgeUs: 0,
    conversionAgeUs: 0,
    clockSkewUs: 0,
  };
}

let lives = 0;

/** Buys at binance and sells at bitfinex, 100 against 101, unless told. */
export function opportunity(
  changes: { quantity?: string; buy?: string; sell?: string; id?: string } = {},
): Opportunity {
  const quantity = decimal(changes.quantity ?? '0.1');
  const nowUs = systemClock.nowUs();
  lives += 1;
  return {
    id: opportunityId(changes.id ?? `life${lives}`),
    base: assetId('BTC'),
    numeraire: assetId('USDT'),
    quantity,
    buy: leg(changes.buy ?? 'binance', '100', { quantity }),
    sell: leg(changes.sell ?? 'bitfinex', '101', { quantity }),
    grossProfit: quantity,
    fees: decimal('0'),
    slippageReserve: decimal('0'),
    netProfit: quantity,
    netEdgeBps: 100,
    confidence: 1,
    times: { frameAtUs: nowUs, bookAtUs: nowUs, decidedAtUs: nowUs, riskAnsweredAtUs: nowUs },
  };
}

const named = (instrument: string) => instrument as InstrumentId;

/**
 * Buys 2 ETH at 0.05 BTC, sells them at 5.1 USDT and buys the coin back at 100, fee included, all
 * at binance.
 */
export function triangle(): Opportunity {
  const quantity = decimal('2');
  const coins = decimal('0.1001');
  return {
    ...opportunity({ quantity: '2' }),
    base: assetId('ETH'),
    buy: {
      ...leg('binance', '0.05', { quantity, instrument: named('ETH/BTC') }),
      conversionRate: decimal('100'),
      conversion: { venue: venueId('binance'), instrument: INSTRUMENT },
    },
    sell: leg('binance', '5.1', { quantity, instrument: named('ETH/USDT') }),
    bridge: { ...leg('binance', '100', { quantity: coins }), side: 'buy', quantity: coins },
  };
}

export const approval = ({ id: opportunityIdOf, quantity }: Opportunity) =>
  ({
    quantity,
    approval: 'signed',
    opportunityId: opportunityIdOf,
    verdict: 'approved',
    reason: 'APPROVED',
    detail: '',
    limit: '',
    value: '',
  }) as const;

/** The gateway and the disks, which outlive the engine, and an engine that can be killed. */
export class TradingWorld {
  readonly metrics = memoryMetrics();
  readonly logger = silentLogger();
  readonly gateway: GatewayModel;
  readonly risk: RiskModel;
  readonly log: EventLog;
  state: StateStore;
  trading: Trading;
  private readonly folder: string;
  private readonly settings;
  private readonly bus;
  private readonly parts;

  private constructor(options: {
    folder: string;
    log: EventLog;
    state: StateStore;
    assignments: readonly string[];
  }) {
    const { folder, log, state, assignments } = options;
    this.folder = folder;
    this.log = log;
    this.state = state;
    const { logger, metrics } = this;
    this.parts = {
      clock: systemClock,
      timers: systemTimers,
      random: seededRandom(1),
      logger,
      metrics,
    };
    this.gateway = new GatewayModel(log, systemClock);
    this.risk = new RiskModel(this.gateway);
    this.bus = openMemoryMarketBus({ logger, metrics });
    const quick = [
      'engine.timerMs=5',
      'engine.drainTradesMs=0',
      'engine.legTimeoutMs=700',
      'engine.cancelAfterMs=50',
      'engine.orderRecheckMs=20',
      'engine.accumulatorMs=20',
      'engine.balancesMs=20',
      'engine.flattenMs=5',
      'engine.unwind.retryMs=5',
      'engine.unwind.sliceMs=5',
      'engine.unwind.bookAgeMsMax=60000',
    ];
    const loaded = loadConfig({
      folder: 'config',
      environment: {},
      assignments: [...quick, ...assignments],
    });
    this.settings = parseConfig(loaded, tradingEngine.configSchema).engine;
    for (const venue of VENUES)
      this.gateway.fund(venue, { BTC: '1000', ETH: '1000', USDT: '1000000' });
    this.books();
    this.trading = this.newTrading();
  }

  static async open(assignments: readonly string[] = []): Promise<TradingWorld> {
    const folder = await mkdtemp(join(tmpdir(), 'ats-trading-'));
    const parts = {
      clock: systemClock,
      timers: systemTimers,
      logger: silentLogger(),
      metrics: memoryMetrics(),
    };
    const log = await openLmdbEventLog({ folder: join(folder, 'log'), ...parts });
    const state = await openLmdbStateStore({ folder: join(folder, 'state'), ...parts });
    const world = new TradingWorld({ folder, log, state, assignments });
    await world.trading.start();
    return world;
  }

  /** One book for each venue: best bid and ask with plenty behind, unless told. */
  books(tops: Readonly<Record<string, readonly [bid: number, ask: number, size?: number]>> = {}) {
    for (const venue of VENUES) {
      const [bid, ask, size = 1000] = tops[venue] ?? [99.9, 100.1];
      const levels = { bids: [[bid, size]], asks: [[ask, size]] } as const;
      const atUs = systemClock.nowUs();
      this.bus.publish(bookTop({ venue, instrument: 'BTC/USDT', levels, atUs }) as BookTop);
    }
  }

  /** What trades have carried and nothing has closed, in base, as the log alone has it. */
  async rebuiltCarried(): Promise<readonly number[]> {
    const rebuilt = { log: this.log, rebuilders: [new SagasRebuilder()], nowUs: 0 };
    const { items } = await rebuildState(rebuilt);
    return items
      .filter(({ key }) => key.partition === 'accumulator')
      .map(({ attributes }) => Number(attributes['quantity']));
  }

  private newTrading(mortal?: Mortal): Trading {
    const rpc = openRpcDirectory({ guard: UNGUARDED, ...this.parts, addresses: {}, listen: false });
    const handlers = this.gateway.orderHandlers as RpcHandlers<
      WireServices['ats.order.v1.OrderService']
    >;
    void rpc.serve(ORDER_SERVICE, handlers);
    const ledger = this.gateway.ledgerHandlers as RpcHandlers<
      WireServices['ats.ledger.v1.LedgerService']
    >;
    void rpc.serve(LEDGER_SERVICE, ledger);
    const risk = this.risk.handlers as RpcHandlers<WireServices['ats.risk.v1.RiskService']>;
    void rpc.serve(RISK_SERVICE, risk);
    const orders = openOrderDesk({ rpc, deadlineMs: 1000 });
    const ports = { state: this.state, log: this.log, orders };
    return new Trading({
      instance: 'trading-engine',
      bases: undefined,
      ...this.parts,
      metrics: memoryMetrics(),
      rpc,
      risk: openRiskDesk({ rpc, deadlineMs: 1000 }),
      settings: this.settings,
      listings: LISTINGS,
      bus: this.bus,
      ...(mortal === undefined ? ports : mortal.wrap(ports)),
    });
  }

  /** A new engine on the same disks, which dies where it is told to. */
  async restart(mortal?: Mortal): Promise<void> {
    await this.trading.drain();
    this.trading = this.newTrading(mortal);
    const started = this.trading.start().catch((error: unknown) => {
      if (mortal?.dead !== true) throw error;
    });
    // A start whose log is gone waits for it; a process that was killed waits for nothing.
    await Promise.race([started, ...(mortal === undefined ? [] : [mortal.death])]);
  }

  /** Books of a triangle that pays, and of ETH elsewhere, with plenty in them. */
  triangleBooks(): void {
    this.books({ binance: [99.9, 100] });
    for (const [venue, instrument, bid, ask] of [
      ['binance', 'ETH/BTC', 0.0499, 0.05],
      ['binance', 'ETH/USDT', 5.1, 5.11],
      ['third', 'ETH/USDT', 4.98, 5],
    ] as const) {
      const levels = { bids: [[bid, 1000]], asks: [[ask, 1000]] } as const;
      this.bus.publish(bookTop({ venue, instrument, levels, atUs: systemClock.nowUs() }));
    }
  }

  tradeBooks(): TradeBooks {
    return new TradeBooks({ bus: this.bus, listings: LISTINGS, numeraire: 'USDT' });
  }

  takeTriangle(quantity = '2') {
    this.triangleBooks();
    const found = triangle();
    return this.trading.desk.take(found, { ...approval(found), quantity: decimal(quantity) });
  }

  take(changes: Parameters<typeof opportunity>[0] = {}) {
    const found = opportunity(changes);
    return this.trading.desk.take(found, approval(found));
  }

  /** Whether every trade has ended, was told of, and the telling is forgotten. */
  async isQuiet(): Promise<boolean> {
    if (this.trading.desk.openCount > 0) return false;
    const { items } = await this.state.query({ table: 'outbox', partition: 'trading-engine' });
    return items.length === 0;
  }

  /** Every record of topic `trades`, in order for each trade. */
  async published(): Promise<readonly ArbitrageTrade[]> {
    const trades: ArbitrageTrade[] = [];
    for (let partition = 0; partition < partitionsOf('trades'); partition += 1) {
      const records = await this.log.read({ topic: 'trades', partition, from: 0 });
      trades.push(...records.map(({ payload }) => arbitrageTradeFromWire(TRADE.decode(payload))));
    }
    return trades;
  }

  /** Every record of topic `alerts` about one condition, in order. */
  async alerts(key: string): Promise<readonly Alert[]> {
    const partitions = Array.from({ length: partitionsOf('alerts') }, (_, index) => index);
    const read = (partition: number) => this.log.read({ topic: 'alerts', partition, from: 0 });
    const records = (await Promise.all(partitions.map(read))).flat();
    return records.map(readAlert).filter((alert) => alert.key === key);
  }

  async close(): Promise<void> {
    await this.trading.drain();
    await this.log.close();
    await this.state.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}
