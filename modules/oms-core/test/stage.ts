import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  accountId,
  assetId,
  clientOrderId,
  Decimal,
  type ExecutionReport,
  executionId,
  instrumentId,
  type LedgerEntry,
  type NewOrder,
  type Order,
  type OrderCommand,
  type OrderEvent,
  type OrderId,
  orderId,
  requestId,
  venueId,
} from '@ats/domain';
import {
  balanceItems,
  balanceKey,
  changeHold,
  createOrderItems,
  emptyHold,
  executionReportRecord,
  type HoldTerms,
  LedgerSums,
  ledgerEntryRecord,
  neededForQuantity,
  Outbox,
  openOrder,
  orderCommandRecord,
  orderKey,
  readBalanceItem,
  readLedgerEntry,
  readOrderEvent,
  readOrderItem,
  type StoredOrder,
} from '@ats/orders';
import { seededRandom, systemClock, systemTimers } from '@ats/runtime';
import {
  type EventLog,
  type LogRecord,
  type LogSubscription,
  openLmdbEventLog,
  openLmdbStateStore,
  partitionOf,
  type StateStore,
  type WorkTopic,
} from '@ats/storage';
import { memoryMetrics, silentLogger, until } from '@ats/testkit';
import { LedgerDesk, OrderBookkeeper, UnbookedFills } from '../src/index.ts';

export const decimal = (text: string | number): Decimal => Decimal.parse(String(text));
export const MAIN = accountId('main');
export const BINANCE = venueId('binance');
const BTC_USDT = instrumentId({ base: 'BTC', quote: 'USDT' });
export const [BTC, USDT, BNB] = [assetId('BTC'), assetId('USDT'), assetId('BNB')] as const;
const MARKET: HoldTerms = { base: BTC, quote: USDT, dearestFeeBps: decimal(10) };

const OMS_TOPICS = ['orders.commands', 'exec.reports'] as const;

/** What the outside world can do to the stores between the bookkeeper and the disk. */
export interface StageOptions {
  readonly folder?: string;
  readonly wrapState?: (state: StateStore) => StateStore;
  readonly wrapLog?: (log: EventLog) => EventLog;
  readonly cachedOrdersMax?: number;
}

let count = 0;
const next = (name: string): string => {
  count += 1;
  return `${name}${count}`;
};

/** A bookkeeper on a real log and a real store in a folder of their own. */
export class Stage {
  readonly folder: string;
  readonly metrics = memoryMetrics();
  readonly logger = silentLogger();
  state!: StateStore;
  log!: EventLog;
  outbox!: Outbox;
  unbooked!: UnbookedFills;
  bookkeeper!: OrderBookkeeper;
  desk!: LedgerDesk;
  private subscription: LogSubscription | undefined;
  private readonly options: StageOptions;

  private constructor(options: StageOptions) {
    this.options = options;
    this.folder = options.folder ?? mkdtempSync(join(tmpdir(), 'ats-oms-'));
  }

  static async open(options: StageOptions = {}): Promise<Stage> {
    const stage = new Stage(options);
    await stage.start();
    return stage;
  }

  private async start(): Promise<void> {
    const { logger, metrics, options } = this;
    const parts = { clock: systemClock, timers: systemTimers, logger, metrics };
    const state = await openLmdbStateStore({ ...parts, folder: join(this.folder, 'state') });
    const log = await openLmdbEventLog({ ...parts, folder: join(this.folder, 'log') });
    this.state = options.wrapState?.(state) ?? state;
    this.log = options.wrapLog?.(log) ?? log;
    const random = seededRandom(1).stream('outbox');
    const stores = { state: this.state, log: this.log };
    this.outbox = new Outbox({ ...parts, ...stores, random, owner: 'oms-core' });
    this.unbooked = new UnbookedFills(this.state);
    this.bookkeeper = this.bookkeeperWith(this.outbox);
    const { state: ledger, outbox } = this;
    this.desk = new LedgerDesk({ state: ledger, outbox, giveUp: () => true });
    await this.outbox.recover();
    await this.unbooked.load([BINANCE]);
  }

  private bookkeeperWith(outbox: Outbox): OrderBookkeeper {
    const { logger, metrics, state, unbooked } = this;
    const { cachedOrdersMax = 1000 } = this.options;
    const parts = { clock: systemClock, logger, metrics, state, outbox, unbooked };
    return new OrderBookkeeper({ ...parts, marketOf: () => MARKET, cachedOrdersMax });
  }

  /** Another instance, on the same store and log. */
  otherInstance(): { readonly outbox: Outbox; readonly bookkeeper: OrderBookkeeper } {
    const { state, log, logger } = this;
    const random = seededRandom(2).stream('outbox');
    const parts = { state, log, logger, metrics: memoryMetrics(), random };
    const time = { clock: systemClock, timers: systemTimers };
    const outbox = new Outbox({ ...parts, ...time, owner: 'oms-core.other' });
    return { outbox, bookkeeper: this.bookkeeperWith(outbox) };
  }

  async consume(): Promise<void> {
    this.subscription = await this.log.subscribe({
      group: 'oms-core',
      topics: [...OMS_TOPICS],
      handle: (batch) => this.bookkeeper.handle(batch),
    });
  }

  /** Stops as a service does. */
  async stop(): Promise<void> {
    this.bookkeeper.stop();
    await this.subscription?.close();
    await this.bookkeeper.close();
    await this.outbox.close();
    await this.log.close();
    await this.state.close();
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
    await this.consume();
  }

  async close(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async deposit(asset: typeof BTC, amount: string | number, account = MAIN): Promise<void> {
    const outcome = await this.desk.post({
      kind: 'deposit',
      accountId: account,
      venue: BINANCE,
      asset,
      amount: decimal(amount),
      reference: next('deposit-'),
      confirmation: 'test',
      atUs: systemClock.nowUs(),
    });
    if (outcome.kind !== 'posted') throw new Error(`not deposited: ${outcome.kind}`);
  }

  async submit(changes: Partial<NewOrder> = {}): Promise<Order> {
    const order = await this.trySubmit(sampleOrder(changes));
    if (order === undefined) throw new Error('there is no money for the order');
    return order;
  }

  /**
   * Reserves, stores and commands an order in one transaction, as the gateway does.
   * @returns undefined when there is no money for it
   */
  async trySubmit(order: Order): Promise<Order | undefined> {
    const hold = emptyHold({ ...order, venue: order.terms.venue });
    const { side, quantity, limitPrice: price = decimal(100) } = order.terms;
    const wanted = neededForQuantity({ side, quantity, price, market: MARKET });
    const reserved = changeHold({ hold, wanted, causeId: 'submit', atUs: order.createdAtUs });
    const entries = reserved.entry === undefined ? [] : [reserved.entry];
    const about = { accountId: MAIN, correlationId: order.orderId };
    const entry = this.outbox.entry([
      orderCommandRecord({ kind: 'submit', order, issuedAtUs: order.createdAtUs }, about),
      ...entries.map((one) => ledgerEntryRecord(one, about)),
    ]);
    const result = await this.state.transact([
      ...createOrderItems(order, reserved.hold),
      ...balanceItems(entries),
      entry.item,
    ]);
    if (result.kind !== 'committed') return undefined;
    void this.outbox.publish(entry);
    return order;
  }

  async command(command: OrderCommand): Promise<void> {
    const about = { accountId: MAIN, correlationId: 'test' };
    await this.log.append(orderCommandRecord(command, about));
  }

  async report(...reports: readonly ExecutionReport[]): Promise<void> {
    const about = { accountId: MAIN, correlationId: 'test' };
    await Promise.all(
      reports.map((report) => this.log.append(executionReportRecord(report, about))),
    );
  }

  /** Waits until every record has had its effect and every effect is in the log. */
  async quiet(): Promise<void> {
    await until(
      async () => {
        const lags = await this.log.lag({ group: 'oms-core', topics: [...OMS_TOPICS] });
        if (lags.some(({ lag }) => lag > 0)) return false;
        const left = await this.state.query({ table: 'outbox', partition: 'oms-core' });
        return left.items.length === 0;
      },
      { timeoutMs: 20_000, what: 'the bookkeeper to have worked everything' },
    );
  }

  async order(id: OrderId): Promise<StoredOrder> {
    const item = await this.state.get(orderKey(id));
    if (item === undefined) throw new Error(`no order ${id}`);
    return readOrderItem(item);
  }

  /** `available/reserved` of an asset. */
  async balance(asset: typeof BTC): Promise<string> {
    const key = { accountId: MAIN, venue: BINANCE, asset };
    const item = await this.state.get(balanceKey(key));
    if (item === undefined) return '0/0';
    const { available, reserved } = readBalanceItem(item);
    return `${available}/${reserved}`;
  }

  async records(topic: WorkTopic | `${WorkTopic}.dead`): Promise<readonly LogRecord[]> {
    const partition = partitionOf(topic, MAIN);
    const all: LogRecord[] = [];
    for (;;) {
      const page = await this.log.read({ topic, partition, from: all.length });
      if (page.length === 0) return all;
      all.push(...page);
    }
  }

  async events(id: OrderId): Promise<readonly OrderEvent[]> {
    const events = (await this.records('orders.events')).map(readOrderEvent);
    return events.filter(({ order }) => order.orderId === id);
  }

  async entries(): Promise<readonly LedgerEntry[]> {
    return (await this.records('ledger.entries')).map(readLedgerEntry);
  }

  /** What the entries in the log come to, each counted once. */
  async sums(): Promise<LedgerSums> {
    const sums = new LedgerSums();
    for (const entry of await this.entries()) sums.add(entry);
    return sums;
  }

  /** Balances in the store are those of the log, and nothing is lost or made per asset. */
  async expectBalanced(): Promise<void> {
    const sums = await this.sums();
    for (const delta of sums.deltas().values()) expect(delta.isZero()).toBe(true);
    for (const { asset, available, reserved } of sums.balances()) {
      expect(available.isNegative() || reserved.isNegative()).toBe(false);
      expect(await this.balance(asset)).toBe(`${available.normalized()}/${reserved.normalized()}`);
    }
  }
}

export function sampleOrder(changes: Partial<NewOrder> = {}): Order {
  return openOrder({
    orderId: orderId(next('o')),
    accountId: MAIN,
    tradeId: undefined,
    terms: {
      clientOrderId: clientOrderId(next('c')),
      venue: BINANCE,
      instrument: BTC_USDT,
      side: 'buy',
      type: 'limit',
      timeInForce: 'gtc',
      quantity: decimal(10),
      limitPrice: decimal(100),
      postOnly: false,
      ...changes,
    },
    atUs: systemClock.nowUs(),
  });
}

/** A report about an order; one execution id for each unless told. */
export function report(
  { orderId: id, terms }: Order,
  changes: Partial<ExecutionReport> & Pick<ExecutionReport, 'type'>,
): ExecutionReport {
  return {
    executionId: executionId(next('x')),
    orderId: id,
    venueOrderId: `v-${id}`,
    venue: terms.venue,
    instrument: terms.instrument,
    side: terms.side,
    fill: undefined,
    requestId: undefined,
    tooLate: false,
    cumulativeQuantity: undefined,
    quantity: undefined,
    limitPrice: undefined,
    exchangeTimeUs: 0,
    receivedAtUs: systemClock.nowUs(),
    detail: '',
    ...changes,
  };
}

export function fillReport(
  order: Order,
  fill: {
    readonly quantity: string | number;
    readonly price?: string | number;
    readonly fee?: string | number;
    readonly feeAsset?: typeof BTC;
    readonly id?: string;
  },
): ExecutionReport {
  const { quantity, price = 100, fee = 0, feeAsset = USDT, id } = fill;
  return report(order, {
    type: 'fill',
    ...(id === undefined ? {} : { executionId: executionId(id) }),
    fill: {
      quantity: decimal(quantity),
      price: decimal(price),
      fee: { asset: feeAsset, amount: decimal(fee) },
    },
  });
}

export const cancelOf = (order: Order, id = next('cancel-')): OrderCommand => ({
  kind: 'cancel',
  orderId: order.orderId,
  requestId: requestId(id),
  issuedAtUs: systemClock.nowUs(),
});

export function replaceOf(
  order: Order,
  {
    quantity,
    price = 100,
    id = next('replace-'),
  }: { quantity: number; price?: number; id?: string },
): OrderCommand {
  return {
    kind: 'replace',
    orderId: order.orderId,
    replacement: {
      requestId: requestId(id),
      quantity: decimal(quantity),
      limitPrice: decimal(price),
    },
    issuedAtUs: systemClock.nowUs(),
  };
}
