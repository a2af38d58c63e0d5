import { Decimal, type Listing, venueId } from '@ats/domain';
import { type Account, type AccountTrade, openAccounts } from '@ats/venue-simulator';
import { type ShownSide, TapeMarket } from '../../src/app/tape-market.ts';

const LISTING: Listing = {
  venue: venueId('binance'),
  instrument: 'BTC/USDT' as Listing['instrument'],
  symbol: 'BTCUSDT',
  base: { id: 'BTC' as Listing['base']['id'], network: 'bitcoin' },
  quote: { id: 'USDT' as Listing['quote']['id'], network: 'ethereum' },
  priceTick: Decimal.parse('0.1'),
  quantityStep: Decimal.parse('0.1'),
  quantityMin: Decimal.parse('0.1'),
  notionalMin: Decimal.parse('1'),
  fees: { takerBps: Decimal.parse('10'), makerBps: Decimal.parse('5') },
};

type Levels = readonly (readonly [price: number, size: number])[];

const side = (levels: Levels): ShownSide => ({
  count: levels.length,
  prices: Float64Array.from(levels, ([price]) => price),
  sizes: Float64Array.from(levels, ([, size]) => size),
  from: 0,
});

/** One market of a tape with one account of ours. */
function stage() {
  const market = new TapeMarket(LISTING);
  const fills: AccountTrade[] = [];
  const [account] = openAccounts({
    markets: new Map([[LISTING.symbol, market.market]]),
    limits: { openOrdersMax: 100, closedOrdersMax: 100, tradesMax: 100 },
    clientIdRule: 'never',
    onAnswer: () => undefined,
    onReport: (report) => {
      if (report.kind === 'filled') fills.push(report.trade);
    },
    accounts: [
      {
        name: 'ours',
        feeIn: 'quote',
        deposits: new Map([
          ['BTC', Decimal.parse('100')],
          ['USDT', Decimal.parse('100000')],
        ]),
      },
    ],
  }) as readonly [Account];
  let timeUs = 0;
  const order = (
    our: 'buy' | 'sell',
    quantity: string,
    price: string,
    terms: { readonly tif?: 'gtc' | 'ioc' | 'fok'; readonly postOnly?: boolean } = {},
  ) => {
    const answer = account.submit({
      symbol: LISTING.symbol,
      side: our === 'buy' ? 'bid' : 'ask',
      type: 'limit',
      timeInForce: terms.tif ?? 'ioc',
      postOnly: terms.postOnly ?? false,
      price: Decimal.parse(price),
      quantity: Decimal.parse(quantity),
    });
    market.settle();
    return answer;
  };
  return {
    market,
    account,
    order,
    show: (bids: Levels, asks: Levels): void => {
      timeUs += 1;
      market.show(timeUs, side(bids), side(asks));
    },
    trade: (price: number, size: number, aggressor: -1 | 0 | 1): void => {
      timeUs += 1;
      market.trade(timeUs, { price, size, aggressor });
    },
    /** Quantities and prices of our fills so far. */
    fills: (): readonly string[] =>
      fills.map(
        ({ quantity, price, isMaker }) =>
          `${quantity.normalized()}@${price.normalized()} ${isMaker ? 'maker' : 'taker'}`,
      ),
  };
}

const BIDS: Levels = [
  [99, 2],
  [98, 5],
];
const ASKS: Levels = [
  [100, 1],
  [101, 3],
];

describe('a taker on the book of a tape', () => {
  it('walks the levels that are shown, best first, up to its limit', () => {
    const { show, order, fills } = stage();
    show(BIDS, ASKS);
    order('buy', '2.5', '101');
    expect(fills()).toEqual(['1@100 taker', '1.5@101 taker']);
  });

  it('takes nothing beyond its limit: what is left expires', () => {
    const { show, order, fills, account } = stage();
    show(BIDS, ASKS);
    order('buy', '2.5', '100.5');
    expect(fills()).toEqual(['1@100 taker']);
    expect(account.openOrders()).toEqual([]);
  });

  it('fills whole or not at all when it asks for that', () => {
    const { show, order, fills } = stage();
    show(BIDS, ASKS);
    order('buy', '4.1', '101', { tif: 'fok' });
    expect(fills()).toEqual([]);
    order('buy', '4', '101', { tif: 'fok' });
    expect(fills()).toEqual(['1@100 taker', '3@101 taker']);
  });

  it('does not find again what it took, though the tape still shows it', () => {
    const { show, order, fills } = stage();
    show(BIDS, ASKS);
    order('buy', '1', '100');
    show(BIDS, ASKS);
    order('buy', '1', '100');
    expect(fills()).toEqual(['1@100 taker']);
  });

  it('finds what the tape shows to be new there, and no more', () => {
    const { show, order, fills, market } = stage();
    show(BIDS, ASKS);
    order('buy', '1', '100');
    show(BIDS, [
      [100, 1.4],
      [101, 3],
    ]);
    order('buy', '1', '100');
    expect(fills()).toEqual(['1@100 taker', '0.4@100 taker']);
    expect(market.isMarked).toBe(true);
  });

  it('leaves no mark once the tape has moved on', () => {
    const { show, order, market, fills } = stage();
    show(BIDS, ASKS);
    order('buy', '1', '100');
    show(BIDS, [[101, 3]]);
    expect(market.isMarked).toBe(false);
    show(BIDS, ASKS);
    order('buy', '1', '100');
    expect(fills()).toEqual(['1@100 taker', '1@100 taker']);
  });

  it('keeps what it took taken when part of the level is cancelled', () => {
    const { show, order, fills } = stage();
    show(BIDS, [[101, 3]]);
    order('buy', '1', '101');
    show(BIDS, [[101, 2.5]]);
    order('buy', '3', '101');
    expect(fills()).toEqual(['1@101 taker', '1.5@101 taker']);
  });

  it('is told prices as the tape has them, though they are finer than the tick', () => {
    const { show, order, fills } = stage();
    show(BIDS, [[100.0625, 1]]);
    order('buy', '1', '101');
    expect(fills()).toEqual(['1@100.0625 taker']);
  });
});

describe('an order of ours that rests', () => {
  it('waits behind what the tape showed at its price until trades have gone through that', () => {
    const { show, order, trade, fills } = stage();
    show(BIDS, ASKS);
    order('buy', '1', '99', { tif: 'gtc' });
    trade(99, 1.5, -1);
    expect(fills()).toEqual([]);
    trade(99, 0.9, -1);
    expect(fills()).toEqual(['0.4@99 maker']);
    trade(99, 5, -1);
    expect(fills()).toEqual(['0.4@99 maker', '0.6@99 maker']);
  });

  it('moves up when more than what stands behind it is cancelled', () => {
    const { show, order, trade, fills } = stage();
    show(BIDS, ASKS);
    order('buy', '1', '99', { tif: 'gtc' });
    show(
      [
        [99, 5],
        [98, 5],
      ],
      ASKS,
    );
    show(
      [
        [99, 1],
        [98, 5],
      ],
      ASKS,
    );
    trade(99, 1.5, -1);
    expect(fills()).toEqual(['0.5@99 maker']);
  });

  it('is not paid twice by a trade that the next book shows as well', () => {
    const { show, order, trade, fills } = stage();
    show(BIDS, ASKS);
    order('buy', '1', '99', { tif: 'gtc' });
    trade(99, 1, -1);
    show(
      [
        [99, 1],
        [98, 5],
      ],
      ASKS,
    );
    trade(99, 1, -1);
    expect(fills()).toEqual([]);
    trade(99, 0.1, -1);
    expect(fills()).toEqual(['0.1@99 maker']);
  });

  it('fills at its own price when the other side of the book comes to it', () => {
    const { show, order, fills } = stage();
    show(BIDS, ASKS);
    order('buy', '1', '99.5', { tif: 'gtc' });
    show([[98, 5]], [[99.2, 0.4]]);
    expect(fills()).toEqual(['0.4@99.5 maker']);
  });

  it('fills when a trade goes through a worse price', () => {
    const { show, order, trade, fills } = stage();
    show(BIDS, ASKS);
    order('sell', '1', '100', { tif: 'gtc' });
    trade(101, 1.5, 1);
    expect(fills()).toEqual(['0.5@100 maker']);
  });

  it('infers who took a trade from where it happened', () => {
    const { show, order, trade, fills } = stage();
    show(BIDS, ASKS);
    order('buy', '1', '99.5', { tif: 'gtc' });
    trade(99.2, 1, 0);
    expect(fills()).toEqual(['1@99.5 maker']);
  });

  it('is refused when it must not take and would', () => {
    const { show, order } = stage();
    show(BIDS, ASKS);
    const answer = order('buy', '1', '100', { tif: 'gtc', postOnly: true });
    expect(answer).toEqual({ kind: 'refused', reason: 'POST_ONLY_WOULD_TAKE' });
  });
});

describe('a book that cannot be', () => {
  it('is counted and left out when its bid is not below its ask', () => {
    const { show, order, fills, market } = stage();
    show(BIDS, ASKS);
    show([[101, 1]], [[100, 9]]);
    expect(market.crossedRows).toBe(1);
    order('buy', '5', '100');
    expect(fills()).toEqual(['1@100 taker']);
  });
});

describe('sizes of a tape', () => {
  it('are whole lots to the last one, however many they are', () => {
    const step = Decimal.parse('0.00000001');
    const market = new TapeMarket({ ...LISTING, quantityStep: step });
    for (const size of [1228.19381106, 16454.58180112, 1070370.20850952, 7.3, 1e-8]) {
      market.show(1, side([[99, size]]), side([[101, 1]]));
      expect(market.market.book.bids.size(0)).toBe(size);
    }
    market.show(1, side([[99, 0.123456789]]), side([[101, 1]]));
    expect(market.market.book.bids.size(0)).toBe(0.12345678);
  });
});
