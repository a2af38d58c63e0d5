import {
  accountId,
  assetId,
  Decimal,
  executionId,
  type LedgerEntry,
  type OrderSide,
  orderId,
} from '@ats/domain';
import {
  COUNTERS,
  changeHold,
  emptyHold,
  type Hold,
  judgeEntry,
  LedgerBook,
  type Movement,
  moveMoney,
  neededFor,
  profitOf,
  settleFill,
  worstCaseFee,
} from '../../src/index.ts';
import { ALICE, BINANCE, BTC_USDT, decimal } from '../samples.ts';

const [BTC, USDT, BNB] = ['BTC', 'USDT', 'BNB'].map(assetId) as [never, never, never];

const money = (changes: Partial<Movement> = {}): LedgerEntry => {
  const made = moveMoney({
    kind: 'deposit',
    accountId: ALICE,
    venue: BINANCE,
    asset: USDT,
    amount: decimal(1000),
    reference: 'd-1',
    confirmation: 'the rule for deposits',
    atUs: 1,
    ...changes,
  });
  if (made.kind === 'refused') throw new Error(made.reason);
  return made.entry;
};

function bookWith(amounts: Readonly<Record<string, number>>): LedgerBook {
  const book = new LedgerBook();
  for (const [asset, amount] of Object.entries(amounts)) {
    const movement = { asset: assetId(asset), amount: decimal(amount), reference: asset };
    book.post(money(movement));
  }
  return book;
}

const textsOf = (book: LedgerBook, asset: string): readonly string[] => {
  const key = { accountId: ALICE, venue: BINANCE, asset: assetId(asset) };
  const { available, reserved } = book.balance(key);
  return [available.normalized().toString(), reserved.normalized().toString()];
};

const NONE = emptyHold({ orderId: orderId('o-1'), accountId: ALICE, venue: BINANCE });

function reserve(
  book: LedgerBook,
  order: { side: OrderSide; fee: readonly [never, string]; hold?: Hold; causeId?: string },
) {
  const [asset, amount] = order.fee;
  const wanted = neededFor({
    side: order.side,
    base: BTC,
    quote: USDT,
    quantity: decimal(2),
    worstPrice: decimal(100),
    fee: { asset, amount: decimal(amount) },
  });
  const change = changeHold({
    hold: order.hold ?? NONE,
    wanted,
    causeId: order.causeId ?? 'submit',
    atUs: 1,
  });
  if (change.entry === undefined) throw new Error('nothing to reserve');
  return { hold: change.hold, verdict: book.post(change.entry), entry: change.entry };
}

const settle = (hold: Hold, side: OrderSide, fill: readonly [string, string, never, string]) => {
  const [quantity, price, feeAsset, fee] = fill;
  return settleFill({
    hold,
    side,
    instrument: BTC_USDT,
    base: BTC,
    quote: USDT,
    executionId: executionId(`e-${quantity}-${price}`),
    fill: {
      quantity: decimal(quantity),
      price: decimal(price),
      fee: { asset: feeAsset, amount: decimal(fee) },
    },
    atUs: 2,
  });
};

const release = (book: LedgerBook, hold: Hold) => {
  const { entry } = changeHold({ hold, wanted: [], causeId: 'end', atUs: 3 });
  if (entry !== undefined) book.post(entry);
  return entry;
};

describe('a reservation', () => {
  it.each([
    ['buy', USDT, '0.2', { USDT: ['799.8', '200.2'] }],
    ['buy', BTC, '0.002', { USDT: ['800', '200'], BTC: ['10', '0'] }],
    ['buy', BNB, '0.5', { USDT: ['800', '200'], BNB: ['4.5', '0.5'] }],
    ['sell', USDT, '0.2', { BTC: ['8', '2'], USDT: ['1000', '0'] }],
    ['sell', BTC, '0.002', { BTC: ['7.998', '2.002'] }],
    ['sell', BNB, '0.5', { BTC: ['8', '2'], BNB: ['4.5', '0.5'] }],
  ] as const)('of a %s with its fee in %s holds what it can cost', (side, asset, fee, expected) => {
    const book = bookWith({ USDT: 1000, BTC: 10, BNB: 5 });
    reserve(book, { side, fee: [asset, fee] });
    for (const [name, texts] of Object.entries(expected))
      expect(textsOf(book, name)).toEqual(texts);
  });

  it('is refused whole, with what is lacking, when one asset does not suffice', () => {
    const book = bookWith({ USDT: 1000, BNB: 1 });
    const { verdict } = reserve(book, { side: 'buy', fee: [BNB, '1.5'] });
    expect(verdict).toEqual({
      kind: 'refused',
      reason: 'AVAILABLE_SHORT',
      at: { accountId: ALICE, venue: BINANCE, asset: BNB },
      short: decimal('0.5'),
    });
    expect(textsOf(book, 'USDT')).toEqual(['1000', '0']);
  });

  it('reserves and releases only the difference when its order is replaced', () => {
    const book = bookWith({ USDT: 1000 });
    const { hold } = reserve(book, { side: 'buy', fee: [USDT, '0.2'] });
    const more = [{ asset: USDT, amount: decimal(300) }];
    const grown = changeHold({ hold, wanted: more, causeId: 'replace-1', atUs: 2 });
    expect(grown.entry).toMatchObject({ kind: 'reserve' });
    book.post(grown.entry as LedgerEntry);
    expect(textsOf(book, 'USDT')).toEqual(['700', '300']);
    const less = [{ asset: USDT, amount: decimal(50) }];
    const shrunk = changeHold({ hold: grown.hold, wanted: less, causeId: 'replace-2', atUs: 2 });
    expect(shrunk.entry).toMatchObject({ kind: 'release' });
    book.post(shrunk.entry as LedgerEntry);
    expect(textsOf(book, 'USDT')).toEqual(['950', '50']);
    const same = changeHold({ hold: shrunk.hold, wanted: less, causeId: 'replace-3', atUs: 2 });
    expect(same.entry).toBeUndefined();
  });

  it('rounds the worst fee up, and expects nothing of a rebate', () => {
    const fee = { asset: USDT, basis: decimal('100.05'), scale: 2 };
    expect(worstCaseFee({ ...fee, rateBps: decimal(10) }).amount.toString()).toBe('0.11');
    expect(worstCaseFee({ ...fee, rateBps: decimal(-10) }).amount.isZero()).toBe(true);
  });
});

describe('the settlement of a fill', () => {
  it.each([
    ['buy', USDT, '0.09', { BTC: ['11', '0'], USDT: ['909.91', '0'] }],
    ['buy', BTC, '0.001', { BTC: ['10.999', '0'], USDT: ['910', '0'] }],
    ['buy', BNB, '0.1', { BTC: ['11', '0'], USDT: ['910', '0'], BNB: ['4.9', '0'] }],
    ['buy', USDT, '-0.09', { BTC: ['11', '0'], USDT: ['910.09', '0'] }],
    ['sell', USDT, '0.09', { BTC: ['9', '0'], USDT: ['1089.91', '0'] }],
    ['sell', BTC, '0.001', { BTC: ['8.999', '0'], USDT: ['1090', '0'] }],
    ['sell', BNB, '0.1', { BTC: ['9', '0'], USDT: ['1090', '0'], BNB: ['4.9', '0'] }],
  ] as const)(
    'of a %s with its fee in %s of %s, the rest released',
    (side, asset, fee, expected) => {
      const book = bookWith({ USDT: 1000, BTC: 10, BNB: 5 });
      const reserved = reserve(book, { side, fee: [asset, '0.5'] });
      const { entry, hold } = settle(reserved.hold, side, ['1', '90', asset, fee]);
      expect(book.post(entry)).toMatchObject({ kind: 'posted' });
      release(book, hold);
      for (const [name, texts] of Object.entries(expected))
        expect(textsOf(book, name)).toEqual(texts);
      for (const delta of book.deltas().values()) expect(delta.isZero()).toBe(true);
    },
  );

  it('changes nothing when it comes again', () => {
    const book = bookWith({ USDT: 1000 });
    const { hold } = reserve(book, { side: 'buy', fee: [USDT, '0.2'] });
    const { entry } = settle(hold, 'buy', ['1', '90', USDT, '0.09']);
    book.post(entry);
    const before = book.balances();
    expect(book.post({ ...entry })).toEqual({ kind: 'repeated' });
    expect(book.balances()).toEqual(before);
  });

  it('takes a late fill from available money, and is refused when there is none', () => {
    const rich = bookWith({ USDT: 1000 });
    const late = settle(NONE, 'buy', ['1', '90', USDT, '0']);
    expect(rich.post(late.entry)).toMatchObject({ kind: 'posted' });
    expect(textsOf(rich, 'USDT')).toEqual(['910', '0']);
    expect(bookWith({ USDT: 50 }).post(late.entry)).toMatchObject({
      kind: 'refused',
      reason: 'AVAILABLE_SHORT',
      short: decimal(40),
    });
  });

  it('is profit of record: what was traded, what the fees were, what is left', () => {
    const buy = settle(NONE, 'buy', ['2', '90', BNB, '0.1']).entry;
    const sell = settle(NONE, 'sell', ['2', '91', USDT, '0.5']).entry;
    const profits = profitOf([money(), buy, sell]);
    const texts = [...profits].map(([asset, { traded, fees, net }]) => [
      asset,
      ...[traded, fees, net].map((value) => value.normalized().toString()),
    ]);
    expect(texts).toEqual([
      ['BTC', '0', '0', '0'],
      ['USDT', '2', '-0.5', '1.5'],
      ['BNB', '0', '-0.1', '-0.1'],
    ]);
  });
});

describe('money that comes and goes', () => {
  it('is posted against the account that says why', () => {
    const book = bookWith({ USDT: 1000 });
    const taken = { kind: 'withdrawal', amount: decimal(300), reference: 'w-1' } as const;
    book.post(money(taken));
    book.post(money({ kind: 'adjustment', amount: decimal('-0.01'), reference: 'a-1' }));
    expect(textsOf(book, 'USDT')).toEqual(['699.99', '0']);
    const counters = book.counterBalances().map((one) => [one.accountId, String(one.amount)]);
    expect(counters).toEqual([
      [COUNTERS.external, '-700'],
      [COUNTERS.adjustments, '0.01'],
    ]);
  });

  it('is refused when an account does not have it', () => {
    const taken = { kind: 'withdrawal', amount: decimal(300), reference: 'w-1' } as const;
    expect(bookWith({ USDT: 100 }).post(money(taken))).toMatchObject({ short: decimal(200) });
  });

  it.each([
    [{ amount: Decimal.ZERO }, 'AMOUNT_INVALID'],
    [{ amount: decimal(-1) }, 'AMOUNT_INVALID'],
    [{ kind: 'adjustment', amount: Decimal.ZERO }, 'AMOUNT_INVALID'],
    [{ confirmation: '' }, 'CONFIRMATION_MISSING'],
  ] as const)('is refused as %j: %s', (changes, reason) => {
    expect(() => money(changes)).toThrow(reason);
  });
});

describe('an entry', () => {
  it('that does not balance at one venue is a fault, not a refusal', () => {
    const entry = money();
    const [first, second] = entry.postings as [never, never];
    const elsewhere = { ...(second as object), venue: 'kraken' } as never;
    for (const postings of [[first], [first, elsewhere]]) {
      expect(() => judgeEntry({ ...entry, postings }, () => undefined)).toThrow(
        expect.objectContaining({ code: 'INVARIANT_VIOLATED' }),
      );
    }
  });

  it('that would take more from a reservation than it holds is refused', () => {
    const stolen = { accountId: accountId('bob'), venue: BINANCE, asset: USDT } as const;
    const postings = [
      { ...stolen, bucket: 'reserved', amount: decimal(-1) },
      { ...stolen, bucket: 'available', amount: decimal(1) },
    ] as const;
    expect(judgeEntry({ ...money(), postings }, () => undefined)).toMatchObject({
      reason: 'RESERVED_SHORT',
    });
  });
});
