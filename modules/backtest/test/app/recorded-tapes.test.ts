import { Decimal } from '@ats/domain';
import { describeWithRecordings } from '@ats/testkit';
import { Decimal as Reference } from 'decimal.js';
import { runBacktest } from '../../src/app/run-backtest.ts';
import type { RunRecord } from '../../src/domain/run-record.ts';
import { type RecordedRow, recordedRows, tapeOfRows } from '../recorded-tape.ts';
import { configWith, specOf } from '../stage.ts';

const Exact = Reference.clone({ precision: 80 });
type Exact = InstanceType<typeof Exact>;

const LISTING =
  "{ instrument: LINK/USDT, symbol: LINKUSDT, tick: '0.0001', step: '0.00000001', quantityMin: '0.00000001', notionalMin: '0.00000001' }";

const venue = (name: string, feeBps: string): string =>
  `venues.${name}={ feed: binance, fees: { takerBps: '${feeBps}', makerBps: '${feeBps}' }, ` +
  `listings: [${LISTING}] }`;

const TIMEOUT_MS = 120_000;

const RICH = "{ USDT: '100000000', LINK: '10000000' }";

/** Everything that holds the engine back is out of its way, so that only prices decide. */
const UNBOUND: Readonly<Record<string, string>> = {
  'engine.minEdgeBps': '0.000002',
  'engine.closeEdgeBps': '0.000001',
  'engine.nearMissBps': '0',
  'engine.ceilingBps': '100000',
  'engine.slippageBps': "'0'",
  'engine.profitMin': "'0'",
  'engine.notionalMax': "'1000000000'",
  'engine.confidenceMin': '0',
  'engine.improvementRatio': '0',
  'engine.refusalsPerSecondMax': '10000',
  'engine.balances': `{ binance: ${RICH}, huobi: ${RICH} }`,
};

const loaded = (feeBps: string) =>
  configWith([
    "assets.LINK={ network: ethereum, contract: '0x514910771af9ca656af840dff83e8264ecf986ca' }",
    venue('binance', feeBps),
    venue('huobi', feeBps),
    `backtest.balances={ binance: ${RICH}, huobi: ${RICH} }`,
  ]);

interface Crossing {
  readonly size: Exact;
  readonly gross: Exact;
}

/** What can be bought on one book and sold on the other at a profit, level by level. */
function crossing(asks: RecordedRow['asks'], bids: RecordedRow['bids']): Crossing {
  let [size, gross] = [new Exact(0), new Exact(0)];
  let [ask, bid] = [0, 0];
  let [askLeft, bidLeft] = [new Exact(asks[0]?.[1] ?? 0), new Exact(bids[0]?.[1] ?? 0)];
  while (ask < asks.length && bid < bids.length) {
    const edge = new Exact(bids[bid]?.[0] ?? 0).minus(asks[ask]?.[0] ?? 0);
    if (edge.lte(0)) break;
    const part = Exact.min(askLeft, bidLeft);
    size = size.plus(part);
    gross = gross.plus(part.times(edge));
    askLeft = askLeft.minus(part);
    bidLeft = bidLeft.minus(part);
    if (askLeft.lte(0)) askLeft = new Exact(asks[++ask]?.[1] ?? 0);
    if (bidLeft.lte(0)) bidLeft = new Exact(bids[++bid]?.[1] ?? 0);
  }
  return { size, gross };
}

interface Lives {
  count: number;
  stoodUs: number;
  size: Exact;
  gross: Exact;
}

/** Second by second, both books at once: an edge lives while they cross and counts at its best. */
function recompute(tapes: {
  readonly buy: readonly RecordedRow[];
  readonly sell: readonly RecordedRow[];
}): Lives {
  const lives: Lives = { count: 0, stoodUs: 0, size: new Exact(0), gross: new Exact(0) };
  let best: Crossing | undefined;
  let sinceUs = 0;
  const look = (buy: RecordedRow, sell: RecordedRow | undefined): void => {
    if (sell === undefined) return;
    const now = crossing(buy.asks, sell.bids);
    if (now.gross.lte(0)) end(buy.atUs);
    else if (best === undefined) [best, sinceUs] = [now, buy.atUs];
    else if (now.gross.gt(best.gross)) best = now;
  };
  const end = (atUs: number): void => {
    if (best === undefined) return;
    lives.count += 1;
    lives.stoodUs += atUs - sinceUs;
    lives.size = lives.size.plus(best.size);
    lives.gross = lives.gross.plus(best.gross);
    best = undefined;
  };
  for (const [index, buy] of tapes.buy.entries()) look(buy, tapes.sell[index]);
  end(tapes.buy.at(-1)?.atUs ?? 0);
  return lives;
}

const cellsOf = ({ opportunities }: RunRecord, buy: string) =>
  opportunities.filter((cell) => cell.buy === buy);

const sum = (values: readonly Decimal[]): Decimal =>
  values.reduce((total, value) => total.add(value), Decimal.ZERO);

describeWithRecordings(
  'an hour of LINK/USDT on two venues',
  ['tapes/link-usdt-binance-2021-08-20-h0.csv.gz', 'tapes/link-usdt-huobi-2021-08-20-h0.csv.gz'],
  (binanceFile, huobiFile) => {
    const binance = recordedRows(binanceFile);
    const huobi = recordedRows(huobiFile);
    const tapes = [
      tapeOfRows('binance', 'LINK/USDT', binance),
      tapeOfRows('huobi', 'LINK/USDT', huobi),
    ];
    const run = (feeBps: string, settings: Readonly<Record<string, string>>, toUs = 0) => {
      const spec = specOf(tapes, { settings, toUs });
      return runBacktest({ spec, tapes, loaded: loaded(feeBps) });
    };
    const detect = { ...UNBOUND, 'engine.trading': 'false' };
    let free: RunRecord;
    beforeAll(async () => {
      free = await run('0', detect);
    }, TIMEOUT_MS);

    it('has edges as often, as long and as large as a plain computation finds them', () => {
      const there = recompute({ buy: binance, sell: huobi });
      const back = recompute({ buy: huobi, sell: binance });
      for (const [buy, lives] of [
        ['binance', there],
        ['huobi', back],
      ] as const) {
        const cells = cellsOf(free, buy);
        expect(cells.reduce((total, { count }) => total + count, 0)).toBe(lives.count);
        const stoodUs = cells.reduce((total, cell) => total + cell.stoodUs, 0);
        expect(stoodUs).toBe(lives.stoodUs);
        const size = sum(cells.map(({ quantity }) => quantity));
        expect(size.toNumber()).toBeCloseTo(lives.size.toNumber(), 5);
        const gross = sum(cells.map(({ grossProfit }) => grossProfit));
        expect(gross.toNumber()).toBeCloseTo(lives.gross.toNumber(), 5);
      }
      expect(there.count + back.count).toBeGreaterThan(50);
    });

    it(
      'leaves almost nothing once each side pays 2 bps, and the record says so',
      async () => {
        const paid = await run('2', { ...detect, 'engine.nearMissBps': '100' });
        const taken = ({ opportunities }: RunRecord) =>
          opportunities.filter(({ reason }) => reason === 'APPROVED');
        const net = (record: RunRecord): number =>
          sum(taken(record).map(({ netProfit }) => netProfit)).toNumber();
        const count = (cells: RunRecord['opportunities']): number =>
          cells.reduce((total, cell) => total + cell.count, 0);
        expect(net(paid)).toBeLessThan(net(free) / 5);
        expect(count(taken(paid))).toBeLessThan(count(taken(free)) / 5);
        const below = paid.opportunities.filter(({ reason }) => reason === 'EDGE_BELOW_MIN');
        expect(count(below)).toBeGreaterThan(4 * count(taken(paid)));
      },
      TIMEOUT_MS,
    );

    it(
      'is traded to a ledger that equals the venues',
      async () => {
        const toUs = (binance[600] as RecordedRow).atUs;
        const traded = await run('0', { 'engine.slippageBps': "'0'" }, toUs);
        expect(traded.ledger).toEqual({ balanced: true, differences: [] });
        expect(traded.fills.length).toBeGreaterThan(10);
      },
      TIMEOUT_MS,
    );
  },
);
