import {
  type AssetId,
  accountId,
  assetId,
  Decimal,
  executionId,
  type LedgerEntry,
  type OrderSide,
  orderId,
  venueId,
} from '@ats/domain';
import fc from 'fast-check';
import {
  changeHold,
  emptyHold,
  type Hold,
  LedgerBook,
  type Movement,
  moveMoney,
  neededFor,
  profitOf,
  settleFill,
} from '../../src/index.ts';
import { BTC_USDT, decimal } from '../samples.ts';

const [BTC, USDT, BNB] = ['BTC', 'USDT', 'BNB'].map(assetId) as [AssetId, AssetId, AssetId];
const ASSETS = [BTC, USDT, BNB];
const ACCOUNTS = ['alice', 'bob'].map(accountId);
const VENUES = ['binance', 'kraken'].map(venueId);

const amounts = (max: number) => fc.integer({ min: 1, max }).map((n) => new Decimal(BigInt(n), 3));
const places = {
  accountId: fc.constantFrom(...ACCOUNTS),
  venue: fc.constantFrom(...VENUES),
};

type Action =
  | ({ readonly do: 'move' } & Pick<Movement, 'kind' | 'accountId' | 'venue' | 'asset' | 'amount'>)
  | {
      readonly do: 'open';
      readonly accountId: (typeof ACCOUNTS)[number];
      readonly venue: (typeof VENUES)[number];
      readonly side: OrderSide;
      readonly quantity: Decimal;
      readonly price: Decimal;
      readonly feeAsset: AssetId;
      readonly fee: Decimal;
    }
  | {
      readonly do: 'fill' | 'late' | 'refill' | 'close';
      readonly order: number;
      /** Shares of a thousand: of the quantity, the worst fee and the limit price. */
      readonly quantity: number;
      readonly fee: number;
      readonly price: number;
    };

const share = fc.integer({ min: 1, max: 1000 });
const actions: fc.Arbitrary<Action> = fc.oneof(
  fc.record({
    do: fc.constant('move' as const),
    ...places,
    kind: fc.constantFrom('deposit', 'deposit', 'withdrawal', 'adjustment'),
    asset: fc.constantFrom(...ASSETS),
    amount: amounts(10_000_000),
  }),
  fc.record({
    do: fc.constant('open' as const),
    ...places,
    side: fc.constantFrom('buy', 'sell'),
    quantity: amounts(5_000),
    price: amounts(500_000),
    feeAsset: fc.constantFrom(...ASSETS),
    fee: amounts(1_000),
  }),
  fc.record({
    do: fc.constantFrom('fill', 'fill', 'late', 'refill', 'close'),
    order: fc.nat(),
    quantity: share,
    fee: share,
    price: share,
  }),
);

interface OpenOrder {
  readonly terms: Extract<Action, { do: 'open' }>;
  hold: Hold;
  open: boolean;
  left: Decimal;
  feeLeft: Decimal;
}

/** Runs actions over a ledger, with the simplest possible count of who should have what. */
class Bank {
  readonly book = new LedgerBook();
  readonly entries: LedgerEntry[] = [];
  readonly orders: OpenOrder[] = [];
  readonly expected = new Map<string, Decimal>();
  private count = 0;

  private add(place: { accountId: string; venue: string }, asset: AssetId, by: Decimal): void {
    const key = `${place.accountId} ${place.venue} ${asset}`;
    this.expected.set(key, (this.expected.get(key) ?? Decimal.ZERO).add(by));
  }

  /** @returns whether it was posted; a refusal must leave every balance as it was */
  private post(entry: LedgerEntry): boolean {
    const before = this.book.balances();
    const { kind } = this.book.post(entry);
    if (kind === 'posted') this.entries.push(entry);
    else expect(this.book.balances()).toEqual(before);
    return kind === 'posted';
  }

  run(action: Action): void {
    this.count += 1;
    switch (action.do) {
      case 'move':
        return this.move(action);
      case 'open':
        return this.open(action);
      default: {
        const order = this.orders[action.order % Math.max(this.orders.length, 1)];
        if (order === undefined) return;
        if (action.do === 'close') this.close(order);
        else if (action.do === 'refill') this.refill();
        else this.fill(order, action);
      }
    }
  }

  private move(action: Extract<Action, { do: 'move' }>): void {
    const reference = String(this.count);
    const made = moveMoney({ ...action, reference, confirmation: 'test', atUs: this.count });
    if (made.kind === 'refused') throw new Error(made.reason);
    const signed = action.kind === 'withdrawal' ? action.amount.negate() : action.amount;
    if (this.post(made.entry)) this.add(action, action.asset, signed);
  }

  private open(terms: Extract<Action, { do: 'open' }>): void {
    const empty = emptyHold({ ...terms, orderId: orderId(`o-${this.count}`) });
    const wanted = neededFor({
      ...terms,
      base: BTC,
      quote: USDT,
      worstPrice: terms.price,
      fee: { asset: terms.feeAsset, amount: terms.fee },
    });
    const { hold, entry } = changeHold({ hold: empty, wanted, causeId: 'submit', atUs: 1 });
    if (entry === undefined || !this.post(entry)) return;
    const order = { terms, hold, open: true };
    this.orders.push({ ...order, left: terms.quantity, feeLeft: terms.fee });
  }

  /** A fill within the order's terms, or one that comes after its end. */
  private fill(order: OpenOrder, action: Exclude<Action, { do: 'move' | 'open' }>): void {
    if (order.open !== (action.do === 'fill')) return;
    const part = (whole: Decimal, of: number) =>
      whole.multiply(new Decimal(BigInt(of), 3)).round(6, 'up');
    const { side, price: limit, feeAsset } = order.terms;
    const quantity = part(order.left, action.quantity);
    if (quantity.isZero()) return;
    const better = part(limit, action.price);
    const price = side === 'buy' ? better : limit.add(better);
    const fee = part(order.feeLeft, action.fee);
    const { entry, hold } = settleFill({
      hold: order.hold,
      side,
      instrument: BTC_USDT,
      base: BTC,
      quote: USDT,
      executionId: executionId(String(this.count)),
      fill: { quantity, price, fee: { asset: feeAsset, amount: fee } },
      atUs: this.count,
    });
    const feeFromReceived = feeAsset === (side === 'buy' ? BTC : USDT);
    const posted = this.post(entry);
    // The reservation is there so that this cannot fail, unless a fee exceeds what is received.
    if (order.open && !feeFromReceived) expect(posted).toBe(true);
    if (!posted) return;
    order.hold = hold;
    order.left = order.left.subtract(quantity);
    order.feeLeft = order.feeLeft.subtract(fee);
    const notional = quantity.multiply(price);
    this.add(order.terms, BTC, side === 'buy' ? quantity : quantity.negate());
    this.add(order.terms, USDT, side === 'buy' ? notional.negate() : notional);
    this.add(order.terms, feeAsset, fee.negate());
  }

  private refill(): void {
    const fill = this.entries.findLast(({ kind }) => kind === 'fill');
    if (fill !== undefined) expect(this.post(fill)).toBe(false);
  }

  close(order: OpenOrder): void {
    if (!order.open) return;
    const { hold, entry } = changeHold({ hold: order.hold, wanted: [], causeId: 'end', atUs: 2 });
    if (entry !== undefined) expect(this.post(entry)).toBe(true);
    order.hold = hold;
    order.open = false;
  }

  /** What an open order still holds must cover what is left of it. */
  private checkHolds(): void {
    for (const { terms, hold, left, feeLeft, open } of this.orders) {
      if (!open) continue;
      const fee = { asset: terms.feeAsset, amount: feeLeft };
      const worst = { quantity: left, worstPrice: terms.price, fee };
      for (const { asset, amount } of neededFor({ ...terms, base: BTC, quote: USDT, ...worst })) {
        const held = hold.parts.find((part) => part.asset === asset)?.amount ?? Decimal.ZERO;
        expect(held.lessThan(amount)).toBe(false);
      }
    }
  }

  check(): void {
    this.checkHolds();
    for (const delta of this.book.deltas().values()) expect(delta.isZero()).toBe(true);
    for (const balance of this.book.balances()) {
      const { available, reserved, asset } = balance;
      expect(available.isNegative() || reserved.isNegative()).toBe(false);
      const key = `${balance.accountId} ${balance.venue} ${asset}`;
      const total = available.add(reserved);
      expect(total.equals(this.expected.get(key) ?? Decimal.ZERO)).toBe(true);
      const held = this.orders
        .filter(({ terms }) => terms.accountId === balance.accountId)
        .filter(({ terms }) => terms.venue === balance.venue)
        .flatMap(({ hold }) => hold.parts)
        .filter((one) => one.asset === asset)
        .reduce((sum, { amount }) => sum.add(amount), Decimal.ZERO);
      expect(reserved.equals(held)).toBe(true);
    }
  }
}

/** Accounts that can afford most of what the actions try. */
function fundedBank(): Bank {
  const bank = new Bank();
  for (const place of ACCOUNTS.flatMap((id) => VENUES.map((venue) => ({ accountId: id, venue })))) {
    for (const asset of ASSETS) {
      bank.run({ do: 'move', kind: 'deposit', ...place, asset, amount: decimal(2_000) });
    }
  }
  return bank;
}

describe('whatever is reserved, filled, cancelled and moved', () => {
  it('conserves money, goes nowhere below zero and repeats no fill', () => {
    fc.assert(
      fc.property(fc.array(actions, { maxLength: 60 }), (list) => {
        const bank = fundedBank();
        for (const action of list) {
          bank.run(action);
          bank.check();
        }
      }),
    );
  });

  it('releases exactly what was not used once every order has ended', () => {
    fc.assert(
      fc.property(fc.array(actions, { maxLength: 60 }), (list) => {
        const bank = fundedBank();
        for (const action of list) bank.run(action);
        for (const order of bank.orders) bank.close(order);
        bank.check();
        for (const { reserved } of bank.book.balances()) expect(reserved.isZero()).toBe(true);
      }),
    );
  });

  it('gives the same balances when its entries are replayed, each of them twice', () => {
    fc.assert(
      fc.property(fc.array(actions, { maxLength: 60 }), (list) => {
        const bank = fundedBank();
        for (const action of list) bank.run(action);
        const again = new LedgerBook();
        for (const entry of bank.entries) {
          expect(again.post(entry).kind).toBe('posted');
          expect(again.post(entry).kind).toBe('repeated');
        }
        expect(again.balances()).toEqual(bank.book.balances());
        expect(again.counterBalances()).toEqual(bank.book.counterBalances());
      }),
    );
  });

  it('has for profit exactly what accounts have more than came in', () => {
    fc.assert(
      fc.property(fc.array(actions, { maxLength: 60 }), (list) => {
        const bank = fundedBank();
        for (const action of list) bank.run(action);
        const profits = profitOf(bank.entries);
        for (const asset of ASSETS) {
          const has = bank.book
            .balances()
            .filter((one) => one.asset === asset)
            .reduce((sum, one) => sum.add(one.available).add(one.reserved), Decimal.ZERO);
          const came = bank.entries
            .filter(({ kind }) => ['deposit', 'withdrawal', 'adjustment'].includes(kind))
            .flatMap(({ postings }) => postings)
            .filter((one) => one.asset === asset && one.bucket === 'available')
            .reduce((sum, { amount }) => sum.add(amount), Decimal.ZERO);
          const net = profits.get(asset)?.net ?? Decimal.ZERO;
          expect(has.subtract(came).equals(net)).toBe(true);
        }
      }),
    );
  });
});
