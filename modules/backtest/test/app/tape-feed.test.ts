import { Lane } from '../../src/app/lane.ts';
import { TapeFeed } from '../../src/app/tape-feed.ts';
import type { Tape } from '../../src/domain/tape.ts';
import { memoryTape, type Row } from '../memory-tape.ts';

const START_US = 1_000_000;

const quote = (atUs: number, bid: number, venueUs = 0): Row => ({
  kind: 'quote',
  ...{ atUs, venueUs, bid, bidSize: 1, ask: bid + 1, askSize: 1 },
});

interface Arrived {
  readonly atUs: number;
  readonly bid: number;
}

/** Reads everything in order of arrival. */
async function arrivals(
  tapes: readonly Tape[],
  lanes: readonly Lane[],
  laneOf: readonly number[],
): Promise<readonly Arrived[]> {
  const feed = new TapeFeed({
    tapes: tapes.map((tape, index) => ({ tape, marketOf: Int32Array.of(index) })),
    ...{ range: {}, lanes, laneOf: Int32Array.from(laneOf), horizonUs: 1000 },
  });
  const found: Arrived[] = [];
  while (!feed.ended) {
    const lane = feed.next();
    if (lane === undefined) {
      if (!feed.read()) await feed.fill();
      continue;
    }
    const at = lane.head & lane.mask;
    const batch = lane.batches[at];
    if (batch?.kind !== 'quote') throw new Error('a quote was given');
    const bid = batch.bid[lane.rows[at] as number] as number;
    found.push({ atUs: lane.arrivalsUs[at] as number, bid });
    feed.done(lane);
  }
  return found;
}

const recorded = (): Lane => new Lane({ latencyUs: undefined, horizonUs: 1000 });

describe('rows of several tapes', () => {
  it('arrive when they were received; at one moment in the order of the tapes', async () => {
    const one = memoryTape(
      { venue: 'a', instrument: 'X/Y' },
      [1, 3, 5].map((at) => quote(at, at)),
    );
    const other = memoryTape(
      { venue: 'b', instrument: 'X/Y' },
      [2, 3, 4].map((at) => quote(at, at + 100)),
    );
    const found = await arrivals([one, other], [recorded(), recorded()], [0, 1]);
    expect(found.map(({ bid }) => bid)).toEqual([1, 102, 3, 103, 104, 5]);
  });

  it('keep their order within a venue, however long each is on its way', async () => {
    let draw = 0;
    const latencyUs = (): number => {
      draw += 1;
      return (draw * 7919) % 500;
    };
    const rows = Array.from({ length: 5000 }, (_, at) => quote(START_US + at * 10, at));
    const lanes = [new Lane({ latencyUs, horizonUs: 1000 }), recorded()];
    const silent = memoryTape({ venue: 'b', instrument: 'X/Y' }, [quote(START_US, 1e9)]);
    const tape = memoryTape({ venue: 'a', instrument: 'X/Y' }, rows);
    const found = await arrivals([tape, silent], lanes, [0, 1]);
    const own = found.filter(({ bid }) => bid < 1e9);
    expect(own.map(({ bid }) => bid)).toEqual(rows.map((_, at) => at));
    const times = found.map(({ atUs }) => atUs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    for (const { atUs, bid } of own) expect(atUs).toBeGreaterThanOrEqual(START_US + bid * 10);
  });

  it('are at their venue before they arrive, by its clock within the horizon', async () => {
    const lane = recorded();
    const rows = [
      quote(START_US, 1, START_US - 400),
      quote(START_US + 10, 2, START_US - 50_000),
      quote(START_US + 20, 3, START_US + 99_999),
    ];
    const tape = memoryTape({ venue: 'a', instrument: 'X/Y' }, rows);
    const feed = new TapeFeed({
      tapes: [{ tape, marketOf: Int32Array.of(0) }],
      ...{ range: {}, lanes: [lane], laneOf: Int32Array.of(0), horizonUs: 1000 },
    });
    while (!feed.hasSeen(START_US + 20)) if (!feed.read()) await feed.fill();
    // The second says less than the first did, the third more than when it was received.
    expect([...lane.venueUs.subarray(0, 3)]).toEqual([
      START_US - 400,
      START_US - 400,
      START_US + 20,
    ]);
  });
});
