import { LEDGER_SERVICE } from '@ats/contracts';
import {
  type AccountId,
  AtsError,
  accountId,
  assetId,
  Decimal,
  type Listing,
  type Order,
} from '@ats/domain';
import { Outbox, readOrderEvent } from '@ats/orders';
import type { ServiceContext, TimerHandle } from '@ats/runtime';
import type { EventLog, LogBatch, LogSubscription, MarketBus, StateStore } from '@ats/storage';
import type { EngineConfig } from '../config.ts';
import { Accumulator } from './accumulator.ts';
import { ALL_BASES, type Bases, basesOf } from './bases.ts';
import { FlattenStore } from './flatten-store.ts';
import { Flattener } from './flattener.ts';
import { type Holding, Inventory } from './inventory.ts';
import type { OrderDesk } from './order-desk.ts';
import type { RiskDesk } from './risk-desk.ts';
import { SagaStore } from './saga-store.ts';
import { type QuotedMarket, TradeBooks } from './trade-books.ts';
import { TradeDesk } from './trade-desk.ts';
import { type EndedTrades, type EndedTradesPage, readEndedTrades } from './trade-history.ts';
import { tradeRulesOf } from './trade-rules-of.ts';
import { TradeTraces } from './trade-traces.ts';

type Settings = EngineConfig['engine'];

export interface TradingOptions
  extends Pick<
    ServiceContext<EngineConfig, unknown>,
    'clock' | 'timers' | 'random' | 'logger' | 'metrics' | 'rpc' | 'tracer'
  > {
  readonly settings: Settings;
  readonly listings: readonly Listing[];
  readonly bus: MarketBus;
  readonly state: StateStore;
  readonly log: EventLog;
  readonly orders: OrderDesk;
  readonly risk: RiskDesk;
  /** Names this engine's outbox and its place in the log. */
  readonly instance: string;
  /** What it shares with other engines; undefined where it has everything. */
  readonly bases: Bases | undefined;
}

/** Everything that turns approved opportunities into trades, running. */
export class Trading {
  readonly desk: TradeDesk;
  readonly inventory = new Inventory();
  readonly store: SagaStore;
  private readonly options: TradingOptions;
  readonly account: AccountId;
  private readonly books: TradeBooks;
  private readonly outbox: Outbox;
  private readonly accumulator: Accumulator;
  private readonly flattener: Flattener;
  private readonly timers: TimerHandle[] = [];
  private subscription: LogSubscription | undefined;
  private holdingsListener: (holdings: readonly Holding[]) => void = () => undefined;
  private ledgerTrouble = 'the balances have not been read';

  constructor(options: TradingOptions) {
    const { settings, listings, clock, logger, orders, bases = ALL_BASES } = options;
    const account = accountId(settings.account);
    this.options = options;
    this.outbox = new Outbox({
      ...options,
      owner: options.instance,
      random: options.random.stream('engine.outbox'),
    });
    this.store = new SagaStore({
      ...options,
      outbox: this.outbox,
      random: options.random.stream('engine.sagas'),
      bases,
    });
    this.account = account;
    const books = new TradeBooks({ bus: options.bus, listings, numeraire: settings.numeraire });
    this.books = books;
    this.desk = new TradeDesk({
      accountId: account,
      listings,
      rules: tradeRulesOf(settings),
      tradesOpenMax: settings.tradesOpenMax,
      store: this.store,
      orders,
      books,
      inventory: this.inventory,
      readBalances: () => this.readBalances(),
      clock,
      logger,
      ...(options.tracer?.on ? { traces: new TradeTraces({ tracer: options.tracer, clock }) } : {}),
    });
    this.accumulator = new Accumulator({
      accountId: account,
      numeraire: assetId(settings.numeraire),
      store: this.store,
      books,
      inventory: this.inventory,
      desk: this.desk,
      bases,
      clock,
      logger,
    });
    this.flattener = new Flattener({
      ...options,
      accountId: account,
      numeraire: settings.numeraire,
      rules: tradeRulesOf(settings),
      store: new FlattenStore({ state: options.state, outbox: this.outbox }),
      sagas: this.store,
      desk: this.desk,
      marketsOf: (base) => this.marketsOf(base),
      readBalances: () => this.readBalances(),
    });
  }

  /** Takes up what the last run left, then listens and goes on. */
  async start(): Promise<void> {
    const { log, timers, settings, bases, logger } = this.options;
    await this.outbox.recover();
    await this.readBalances();
    const recovered = bases === undefined ? await this.desk.recover() : 0;
    if (recovered > 0) logger.info('trade.recovered', 'trades go on', { recovered });
    this.subscription = await log.subscribe({
      group: this.options.instance,
      topics: ['orders.events'],
      // Every engine sees every event; what was before it is asked for, trade by trade.
      ...(bases === undefined ? {} : { from: 'end' as const }),
      handle: (batch) => this.onOrders(batch),
    });
    this.desk.onTrade((trade, before) => {
      if (before === undefined || before.state !== trade.state) this.tellHoldings();
    });
    this.timers.push(
      timers.every(settings.timerMs, () => this.desk.tick()),
      timers.every(settings.balancesMs, () => void this.readBalances()),
      timers.every(settings.accumulatorMs, () => void this.accumulator.check()),
      timers.every(settings.flattenMs, () => void this.flatten()),
    );
  }

  /** Goes on with the open trades of a base that another engine had. */
  async takeUp(base: string): Promise<void> {
    const recovered = await this.desk.recover(base);
    this.options.logger.info('trade.recovered', `trades of ${base} go on`, { base, recovered });
  }

  /** Publishes what an engine that is gone has left. */
  async publishOf(owner: string): Promise<void> {
    await this.outbox.recover({ owner });
  }

  /** One of several engines closes everything; the others end their own trades. */
  private flatten(): Promise<void> {
    const { bases, listings } = this.options;
    const [first = ''] = basesOf(listings);
    return bases === undefined || bases.owns(first)
      ? this.flattener.check()
      : this.flattener.follow();
  }

  /** A page of the trades that ended in a period. @throws RPC_INVALID_ARGUMENT */
  endedTrades(page: EndedTradesPage): Promise<EndedTrades> {
    return readEndedTrades(this.options.log, page);
  }

  /** @param listener called whenever what can be spent has changed */
  onHoldings(listener: (holdings: readonly Holding[]) => void): void {
    this.holdingsListener = listener;
  }

  readiness(): readonly string[] {
    const { state, log } = this.options;
    const parts = {
      'trade records': this.outbox.health(),
      state: state.health(),
      log: log.health(),
    };
    return [
      ...Object.entries(parts).flatMap(([what, { ok, reason }]) =>
        ok ? [] : [`${what}: ${reason}`],
      ),
      ...(this.ledgerTrouble === '' ? [] : [this.ledgerTrouble]),
      ...this.flattener.troubles(),
      ...(this.desk.haltReason === '' ? [] : [`trading is halted: ${this.desk.haltReason}`]),
    ];
  }

  /** Every market of a base with its book, the value of its money, and what can be spent there. */
  marketsOf(base: string): Promise<readonly QuotedMarket[]> {
    const available = this.inventory.available.bind(this.inventory);
    return this.books.marketsOf(base, { trade: undefined, available });
  }

  /**
   * Waits a while for open trades to end. Those that stay open stay stored: the next start goes on
   * with them.
   */
  async drain(): Promise<void> {
    const { clock, timers, settings } = this.options;
    this.desk.haltReason ||= 'the engine stops';
    const endUs = clock.nowUs() + settings.drainTradesMs * 1000;
    while (this.desk.openCount > 0 && clock.nowUs() < endUs) await timers.sleep(settings.timerMs);
    for (const timer of this.timers.splice(0)) timer.cancel();
    // A handler that waits for a store that is away would never end: now nothing is waited for.
    this.store.close();
    await this.flattener.stop();
    await this.subscription?.close();
    await this.desk.stop();
    await this.outbox.close();
  }

  /** Reads the balances from the ledger. Never rejects: what was read last stays in use. */
  private async readBalances(): Promise<void> {
    const { rpc, clock, settings } = this.options;
    const askedAtUs = clock.nowUs();
    try {
      const { balances } = await rpc
        .client(LEDGER_SERVICE)
        .GetBalances(
          { accountId: settings.account, venue: '' },
          { deadlineMs: settings.gatewayDeadlineMs },
        );
      if (askedAtUs < this.inventory.readAtUs) return;
      const holdings = balances.map(({ venue, asset, available }) => {
        return { venue, asset, available: Decimal.parse(available) };
      });
      this.inventory.read(holdings, askedAtUs);
      this.ledgerTrouble = '';
      this.tellHoldings();
    } catch (error) {
      this.ledgerTrouble = `the balances cannot be read: ${String(error)}`;
    }
  }

  private tellHoldings(): void {
    if (this.inventory.known) this.holdingsListener(this.inventory.holdings());
  }

  /** Commits after every trade has taken its orders' changes in, durably. */
  private async onOrders(batch: LogBatch): Promise<void> {
    const changes: Promise<void>[] = [];
    for (const record of batch.records) {
      let order: Order;
      try {
        ({ order } = readOrderEvent(record));
      } catch (error) {
        if (!(error instanceof AtsError) || error.code !== 'MESSAGE_MALFORMED') throw error;
        await batch.park(record, error.message);
        continue;
      }
      changes.push(this.desk.onOrder(order));
    }
    await Promise.all(changes);
    await batch.commit();
  }
}
