import { virtualClock } from '@ats/runtime';
import { silentLogger } from '@ats/testkit';
import { PredictionBoard } from '../../src/app/prediction-board.ts';
import type { Predictor } from '../../src/domain/prediction/predictor.ts';
import { bookTop, listing } from '../domain/helpers.ts';

const LISTINGS = ['binance', 'bitfinex'].map((venue) => listing({ venue, instrument: 'BTC/USDT' }));
const [BINANCE] = LISTINGS as [(typeof LISTINGS)[number]];
const LEVELS = { bids: [[99, 1]], asks: [[101, 1]] } as const;
const card = { name: 'test', version: '1', features: [], horizonMs: 100, sha256: '' };

/** A board whose markets have been known long enough, asking a predictor. */
function boardOf(predict: Predictor['predict']) {
  const clock = virtualClock();
  const predictor: Predictor = { card, predict, close: () => Promise.resolve() };
  const options = { listings: LISTINGS, predictor, clock, logger: silentLogger(), ageMsMax: 100 };
  const board = new PredictionBoard(options);
  const update = (): void => {
    for (const { venue, instrument } of LISTINGS) {
      board.onMarket(bookTop({ venue, instrument, levels: LEVELS, atUs: clock.nowUs() }));
    }
  };
  update();
  clock.advanceUs(11_000_000);
  update();
  const said = (): number | undefined => board.of(BINANCE)?.changeBps(clock.nowUs());
  return { board, clock, said };
}

describe('the newest predictions', () => {
  it('are what the model said of each market, until they are too old', async () => {
    const { board, clock, said } = boardOf(async () => Float32Array.of(2.5, -1));
    expect(said()).toBeNaN();
    await board.refresh();
    expect(said()).toBe(2.5);
    clock.advanceUs(100_000);
    expect(said()).toBe(2.5);
    clock.advanceUs(1);
    expect(said()).toBeNaN();
  });

  it('are aged from the moment they are about, not from when the model was done', async () => {
    let answer: (said: Float32Array) => void = () => undefined;
    const { board, clock, said } = boardOf(
      () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    );
    const going = board.refresh();
    clock.advanceUs(100_001);
    answer(Float32Array.of(1, 1));
    await going;
    expect(said()).toBeNaN();
  });

  it('are asked for once at a time, however slow the model is', async () => {
    let asked = 0;
    const { board } = boardOf(() => {
      asked += 1;
      return new Promise(() => undefined);
    });
    void board.refresh();
    await board.refresh();
    await board.refresh();
    expect(asked).toBe(1);
    expect(board.skipped).toBe(2);
  });

  it('are none where the model fails, and are there again when it works again', async () => {
    let works = false;
    const { board, said } = boardOf(async () => {
      if (!works) throw new Error('no');
      return Float32Array.of(1, 1);
    });
    await board.refresh();
    expect(said()).toBeNaN();
    expect(board.failed).toBe(1);
    works = true;
    await board.refresh();
    expect(said()).toBe(1);
  });

  it('are none of a market that is not listed', () => {
    const { board } = boardOf(async () => new Float32Array(2));
    expect(board.of(listing({ venue: 'kraken', instrument: 'BTC/USD' }))).toBeUndefined();
  });
});
