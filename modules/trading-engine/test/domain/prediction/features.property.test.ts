import { instrumentId, type MarketEvent, type Trade, venueId } from '@ats/domain';
import fc from 'fast-check';
import { FEATURE_COUNT, FEATURES, FeatureTable } from '../../../src/domain/prediction/features.ts';
import { bookTop, coin, listing } from '../helpers.ts';

const START_US = 1_780_000_000_000_000;
const VENUES = ['binance', 'bitfinex', 'upbit'] as const;
const listings = VENUES.map((venue) =>
  listing({ venue, instrument: venue === 'upbit' ? 'BTC/KRW' : 'BTC/USDT' }),
);

interface Quote {
  readonly venue: (typeof VENUES)[number];
  /** After the event before, microseconds. */
  readonly afterUs: number;
  readonly price: number;
  readonly bidSize: number;
  readonly askSize: number;
  readonly trade: boolean;
}

const quote: fc.Arbitrary<Quote> = fc.record({
  venue: fc.constantFrom(...VENUES),
  afterUs: fc.integer({ min: 0, max: 2_500_000 }),
  price: fc.integer({ min: 9_900, max: 10_100 }),
  bidSize: fc.integer({ min: 1, max: 9 }),
  askSize: fc.integer({ min: 1, max: 9 }),
  trade: fc.boolean(),
});

function eventOf({ venue, price, bidSize, askSize, trade }: Quote, atUs: number): MarketEvent {
  const money = venue === 'upbit' ? 1380 : 1;
  const instrument = venue === 'upbit' ? 'BTC/KRW' : 'BTC/USDT';
  if (trade) return tradeOf(venue, instrument, atUs, String(bidSize));
  const levels = {
    bids: [[(price - 1) * money, bidSize]] as const,
    asks: [[(price + 1) * money, askSize]] as const,
  };
  return bookTop({ venue, instrument, levels, atUs });
}

function tradeOf(venue: string, instrument: string, atUs: number, size: string): Trade {
  const [base = '', quoted = ''] = instrument.split('/');
  return {
    kind: 'trade',
    venue: venueId(venue),
    instrument: instrumentId({ base, quote: quoted }),
    exchangeTimeUs: 0,
    receivedAtUs: atUs,
    tradeId: '',
    price: '1',
    size,
    aggressor: 'bid',
  };
}

/** Rows of all markets at moments on a grid, from the events up to each, as text. */
function rowsOf(quotes: readonly Quote[], gridUs: number, untilUs: number): string[] {
  const table = new FeatureTable(listings);
  const said: string[] = [];
  let nowUs = START_US;
  let dueUs = START_US;
  const sample = (): void => {
    const out = new Float32Array(FEATURE_COUNT);
    for (const market of listings.keys()) {
      const known = table.write(market, dueUs, out, 0);
      said.push(`${dueUs} ${market} ${known ? out.join() : '-'}`);
    }
  };
  for (const one of quotes) {
    nowUs += one.afterUs;
    for (; dueUs <= Math.min(nowUs, untilUs); dueUs += gridUs) sample();
    if (nowUs > untilUs) break;
    table.onEvent(eventOf(one, nowUs));
  }
  return said;
}

describe('features', () => {
  it('follow from what was before: cutting the tape changes nothing before the cut', () => {
    const quotes = fc.array(quote, { minLength: 40, maxLength: 80 });
    fc.assert(
      fc.property(quotes, fc.integer({ min: 1, max: 39 }), (events, cut) => {
        const spans = events.slice(0, cut).map(({ afterUs }) => afterUs);
        const cutUs = START_US + spans.reduce((sum, span) => sum + span, 0);
        const whole = rowsOf(events, 100_000, cutUs);
        const part = rowsOf(events.slice(0, cut), 100_000, cutUs);
        expect(whole.slice(0, part.length)).toEqual(part);
        expect(part.length).toBeGreaterThan(0);
      }),
      { numRuns: 60 },
    );
  });

  it('are the same however often they were looked at before', () => {
    fc.assert(
      fc.property(fc.array(quote, { minLength: 30, maxLength: 60 }), (events) => {
        const seldom = rowsOf(events, 1_000_000, Number.POSITIVE_INFINITY);
        const often = new Set(rowsOf(events, 250_000, Number.POSITIVE_INFINITY));
        expect(seldom.filter((row) => !often.has(row))).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it('are numbers, whatever came', () => {
    fc.assert(
      fc.property(fc.array(quote, { minLength: 30, maxLength: 60 }), (events) => {
        for (const row of rowsOf(events, 500_000, Number.POSITIVE_INFINITY)) {
          expect(row).not.toMatch(/NaN|Infinity/);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('a row of features', () => {
  const at = (name: (typeof FEATURES)[number], row: Float32Array): number =>
    row[FEATURES.indexOf(name)] as number;

  /** Both venues for twelve seconds at 10,000, then binance at another price. */
  function settled(): FeatureTable {
    const table = new FeatureTable(listings.slice(0, 2));
    for (let second = 0; second <= 12; second += 1) {
      for (const venue of ['binance', 'bitfinex'] as const) {
        const same = { venue, afterUs: 0, price: 10_000, bidSize: 3, askSize: 1, trade: false };
        table.onEvent(eventOf(same, START_US + second * 1_000_000));
      }
    }
    return table;
  }

  it('says nothing until a market and one other have been known for a while', () => {
    const table = new FeatureTable(listings.slice(0, 2));
    const out = new Float32Array(FEATURE_COUNT);
    const same = { afterUs: 0, price: 10_000, bidSize: 3, askSize: 1, trade: false };
    table.onEvent(eventOf({ venue: 'binance', ...same }, START_US));
    expect(table.write(0, START_US + 11_000_000, out, 0)).toBe(false);
    expect(table.write(1, START_US + 11_000_000, out, 0)).toBe(false);
    expect(settled().write(0, START_US + 12_000_000, out, 0)).toBe(true);
  });

  it('has spread, imbalance, micro-price, returns, gap, age and bars as they are defined', () => {
    const table = settled();
    const changeUs = START_US + 12_300_000;
    table.onEvent(
      eventOf(
        { venue: 'binance', afterUs: 0, price: 10_010, bidSize: 3, askSize: 1, trade: false },
        changeUs,
      ),
    );
    table.onEvent(tradeOf('binance', 'BTC/USDT', changeUs, '2'));
    const out = new Float32Array(FEATURE_COUNT);
    expect(table.write(0, changeUs + 40_000, out, 0)).toBe(true);
    expect(at('spreadBps', out)).toBeCloseTo((10_011 / 10_009 - 1) * 10_000, 3);
    expect(at('imbalance', out)).toBeCloseTo(0.5, 6);
    // Three to buy and one to sell: the weighted middle is nearer to the ask.
    expect(at('microPriceBps', out)).toBeCloseTo((0.5 / 10_010) * 10_000, 3);
    expect(at('return100msBps', out)).toBeCloseTo(Math.log(10_010 / 10_000) * 10_000, 3);
    expect(at('return2sBps', out)).toBeCloseTo(Math.log(10_010 / 10_000) * 10_000, 3);
    // The other has not moved: it lies below, but for what the slow mean has taken in.
    expect(at('othersGapBps', out)).toBeCloseTo(-Math.log(10_010 / 10_000) * 10_000, 3);
    expect(at('othersReturn100msBps', out)).toBe(0);
    expect(at('ageMs', out)).toBeCloseTo(40, 3);
    expect(at('barReturnBps', out)).toBe(0);
    expect(table.write(0, START_US + 13_000_000, out, 0)).toBe(true);
    expect(at('barReturnBps', out)).toBeCloseTo(Math.log(10_010 / 10_000) * 10_000, 3);
    expect(at('barRangeBps', out)).toBeCloseTo(Math.log(10_010 / 10_000) * 10_000, 3);
    expect(at('barVolume', out)).toBeGreaterThan(0);
    expect(at('return500msBps', out)).toBe(0);
  });

  it('ends with the book: a market that is lost says nothing', () => {
    const table = settled();
    table.onEvent({
      kind: 'status',
      venue: venueId('binance'),
      instrument: instrumentId({ base: 'BTC', quote: 'USDT' }),
      exchangeTimeUs: 0,
      receivedAtUs: START_US + 12_100_000,
      state: 'down',
      reason: 'DISCONNECTED',
    });
    const out = new Float32Array(FEATURE_COUNT);
    expect(table.write(0, START_US + 12_200_000, out, 0)).toBe(false);
    // The other one has nobody left to be compared with.
    expect(table.write(1, START_US + 12_200_000, out, 0)).toBe(false);
  });

  it('is not made of a market that is quoted in a coin', () => {
    const inCoin = listing({ venue: 'binance', instrument: 'ETH/BTC', quote: coin('BTC') });
    expect(new FeatureTable([...listings, inCoin]).markets).toHaveLength(listings.length);
  });
});
