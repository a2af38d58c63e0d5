import { AtsError, type Order } from '@ats/domain';
import type { EventLog, StateStore } from '@ats/storage';
import fc from 'fast-check';
import {
  BINANCE,
  BNB,
  BTC,
  cancelOf,
  decimal,
  fillReport,
  replaceOf,
  report,
  Stage,
  sampleOrder,
  USDT,
} from '../stage.ts';

type Action =
  | { readonly do: 'open'; readonly side: 'buy' | 'sell'; readonly quantity: number }
  | {
      readonly do: 'fill';
      readonly order: number;
      readonly quantity: number;
      readonly price: number;
      readonly fee: number;
      readonly feeAsset: typeof BTC;
      /** Reports of the same number and order are one report. */
      readonly id: number;
    }
  | {
      readonly do: 'accepted' | 'canceled' | 'expired' | 'rejected' | 'unknown' | 'cancel-rejected';
      readonly order: number;
      readonly missing: number;
    }
  | { readonly do: 'cancel'; readonly order: number; readonly id: number }
  | { readonly do: 'replace'; readonly order: number; readonly id: number; readonly to: number }
  | { readonly do: 'replaced'; readonly order: number; readonly id: number; readonly to: number }
  /** The last records once more. */
  | { readonly do: 'repeat'; readonly last: number }
  | { readonly do: 'settle' }
  /** After so many more calls to the stores nothing answers any more, whatever it did. */
  | { readonly do: 'crash'; readonly after: number };

const order = fc.nat(7);
const id = fc.nat(5);
const one = <const Name extends string>(name: Name) => fc.constant(name);
const fills = fc.record({
  do: one('fill'),
  order,
  id: fc.nat(9),
  quantity: fc.integer({ min: 1, max: 8 }),
  price: fc.integer({ min: 80, max: 100 }),
  fee: fc.nat(100),
  feeAsset: fc.constantFrom(USDT, USDT, BTC, BNB),
});
const actions: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: one('open'),
      side: fc.constantFrom('buy', 'buy', 'sell'),
      quantity: fc.integer({ min: 1, max: 12 }),
    }),
  },
  { weight: 8, arbitrary: fills },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'accepted',
        'accepted',
        'canceled',
        'expired',
        'rejected',
        'unknown',
        'cancel-rejected',
      ),
      order,
      missing: fc.nat(2),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: one('cancel'), order, id }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('replace', 'replaced'),
      order,
      id,
      to: fc.integer({ min: 1, max: 15 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: one('repeat'), last: fc.integer({ min: 1, max: 8 }) }) },
  { weight: 2, arbitrary: fc.record({ do: one('settle') }) },
  { weight: 2, arbitrary: fc.record({ do: one('crash'), after: fc.nat(12) }) },
);

/** The power of the machine that the bookkeeper runs on. */
class Power {
  private left = Number.POSITIVE_INFINITY;

  /** Every call is carried out until the power fails; from then on none is answered. */
  async through<Result>(call: () => Promise<Result>): Promise<Result> {
    if (this.left <= 0) throw lost();
    this.left -= 1;
    const last = this.left === 0;
    const result = await call();
    if (last || this.left <= 0) throw lost();
    return result;
  }

  failAfter(calls: number): void {
    this.left = calls;
  }

  restore(): void {
    this.left = Number.POSITIVE_INFINITY;
  }
}

const lost = (): AtsError =>
  new AtsError({ code: 'STORAGE_UNAVAILABLE', message: 'no answer', retry: 'unknown' });

const wrapState =
  (power: Power) =>
  (state: StateStore): StateStore => ({
    transact: (items) => power.through(() => state.transact(items)),
    get: (key) => power.through(() => state.get(key)),
    query: (query) => power.through(() => state.query(query)),
    health: () => state.health(),
    close: () => state.close(),
  });

const wrapLog =
  (power: Power) =>
  (log: EventLog): EventLog => ({
    append: (record) => power.through(() => log.append(record)),
    subscribe: (options) => log.subscribe(options),
    read: (options) => log.read(options),
    lag: (options) => log.lag(options),
    health: () => log.health(),
    close: () => log.close(),
  });

/** A gateway, venues and a bookkeeper that is killed now and then. */
class World {
  readonly power = new Power();
  readonly orders: Order[] = [];
  private readonly told: (() => Promise<void>)[] = [];
  stage!: Stage;

  async begin(): Promise<void> {
    const [state, log] = [wrapState(this.power), wrapLog(this.power)];
    this.stage = await Stage.open({ wrapState: state, wrapLog: log, cachedOrdersMax: 3 });
    await this.stage.consume();
    await this.stage.deposit(USDT, 2500);
    await this.stage.deposit(BTC, 15);
    await this.stage.deposit(BNB, 1);
  }

  async run(action: Action): Promise<void> {
    switch (action.do) {
      case 'crash':
        this.power.failAfter(action.after);
        // Something must happen for the power to fail at.
        await this.tell(() => this.stage.report());
        await new Promise((resolve) => setImmediate(resolve));
        return this.revive();
      case 'settle':
        return this.stage.quiet();
      case 'open': {
        const { side, quantity } = action;
        const made = sampleOrder({ side, quantity: decimal(quantity) });
        const taken = await this.stage.trySubmit(made);
        if (taken !== undefined) this.orders.push(taken);
        return;
      }
      case 'repeat':
        for (const again of this.told.slice(-action.last)) await again();
        return;
      default: {
        const about = this.orders[action.order % Math.max(this.orders.length, 1)];
        if (about !== undefined) await this.tell(this.telling(about, action));
      }
    }
  }

  async end(): Promise<void> {
    await this.revive();
    await this.stage.quiet();
  }

  private async revive(): Promise<void> {
    const restarting = this.stage.restart();
    this.power.restore();
    await restarting;
  }

  private async tell(telling: () => Promise<void>): Promise<void> {
    this.told.push(telling);
    await telling();
  }

  private telling(
    about: Order,
    action: Exclude<Action, { do: 'crash' | 'settle' | 'open' | 'repeat' }>,
  ): () => Promise<void> {
    switch (action.do) {
      case 'fill': {
        const fill = fillReport(about, {
          ...action,
          fee: decimal(action.fee).multiply(decimal('0.01')).toString(),
          id: `fill-${action.id}`,
        });
        return () => this.stage.report(fill);
      }
      case 'cancel': {
        const command = cancelOf(about, `cancel-${action.id}`);
        return () => this.stage.command(command);
      }
      case 'replace': {
        const command = replaceOf(about, { quantity: action.to, id: `replace-${action.id}` });
        return () => this.stage.command(command);
      }
      case 'replaced': {
        const told = report(about, { type: 'replaced', quantity: decimal(action.to) });
        return () => this.stage.report(told);
      }
      default: {
        const counts = action.do === 'canceled' || action.do === 'expired';
        const cumulativeQuantity = counts ? decimal(action.missing) : undefined;
        const told = report(about, { type: action.do, cumulativeQuantity });
        return () => this.stage.report(told);
      }
    }
  }
}

/** What must hold whenever everything has had its effect. */
async function check({ stage, orders }: World): Promise<void> {
  await stage.expectBalanced();
  const held = new Map([BTC, USDT, BNB].map((asset) => [asset, decimal(0)]));
  const unbooked = stage.unbooked.of(BINANCE).length;
  const booked = new Set<string>();
  let filled = decimal(0);
  for (const { orderId } of orders) {
    const { order: now, hold, missingQuantity } = await stage.order(orderId);
    for (const { asset, amount } of hold.parts) {
      held.set(asset, (held.get(asset) ?? decimal(0)).add(amount));
    }
    const over = now.leavesQuantity.isZero() && missingQuantity.isZero();
    if (over && now.progress.pendingReplace === undefined) expect(hold.parts).toEqual([]);
    filled = filled.add(now.cumulativeQuantity);
    const page = await stage.state.query({
      table: 'orders',
      partition: orderId,
      sortPrefix: 'fill/',
    });
    for (const { key } of page.items) booked.add(`${orderId}/${key.sort}`);
    const versions = (await stage.events(orderId)).map((event) => event.order.version);
    const first = [...new Set(versions)];
    expect(first).toEqual(Array.from({ length: first.length }, (_, at) => at + 2));
    expect(first.length + 1).toBe(now.version);
  }
  const reserved = (await stage.sums()).balances();
  for (const { asset, reserved: amount } of reserved) {
    expect(amount.normalized().toString()).toBe(held.get(asset)?.normalized().toString());
  }
  const fillEntries = (await stage.entries()).filter(({ kind }) => kind === 'fill');
  const traded = new Map(fillEntries.map((entry) => [entry.entryId, entry]));
  let sum = decimal(0);
  for (const { postings } of traded.values()) {
    const base = postings.find((posting) => posting.bucket === 'counter' && posting.asset === BTC);
    const amount = base?.amount ?? decimal(0);
    sum = sum.add(amount.isNegative() ? amount.negate() : amount);
  }
  expect(unbooked).toBeGreaterThanOrEqual(0);
  expect(booked.size).toBe(traded.size);
  expect(sum.normalized().toString()).toBe(filled.normalized().toString());
}

describe('whatever is commanded and reported, repeated, out of order, with crashes', () => {
  it('conserves money, books each fill once and releases what is not needed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(actions, { minLength: 10, maxLength: 60 }), async (list) => {
        const world = new World();
        await world.begin();
        try {
          for (const action of list) await world.run(action);
          await world.end();
          await check(world);
        } finally {
          await world.stage.close();
        }
      }),
      { numRuns: Number(process.env['ATS_PROPERTY_RUNS'] ?? 15) },
    );
  }, 200_000);
});
