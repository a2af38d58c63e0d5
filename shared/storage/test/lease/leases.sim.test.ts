import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LeaseWorld, TERM_MS, type Weather } from './lease-world.ts';

const STEP_MS = 25;

/** Lets the world go on, looking at it all the time. */
async function live(world: LeaseWorld, ms: number, look: () => void): Promise<void> {
  for (let passed = 0; passed < ms; passed += STEP_MS) {
    await world.base.advanceAsync(STEP_MS);
    look();
    if (world.random.next() < 0.01) {
      const node = world.nodes[world.random.integer(world.nodes.length)];
      node?.pause(world.random.next() * world.weather.pauseMsMax);
    }
    if (world.random.next() < 0.2) for (const node of world.nodes) void node.work();
  }
}

async function stormy(seed: number, weather: Weather) {
  const shards = ['a', 'b', 'c'];
  const world = new LeaseWorld({ seed, shards, weather });
  let doubles = 0;
  const look = (): void => {
    for (const shard of shards) if (world.believers(shard).length > 1) doubles += 1;
  };
  for (const name of ['one', 'two']) world.start(name);
  await live(world, 20_000, look);
  world.start('three');
  await live(world, 20_000, look);
  world.kill(world.nodes[0] as (typeof world.nodes)[number]);
  await live(world, 20_000, look);
  return { world, doubles };
}

const WEATHER: Weather = { driftMax: 0.1, lossRate: 0.1, storeMsMax: 150, pauseMsMax: 9000 };

it('never lets two believe that they hold a shard, whatever is paused, lost or late', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 1e6 }), async (seed) => {
      const { world, doubles } = await stormy(seed, WEATHER);
      expect({ doubles, stale: world.stale }).toEqual({ doubles: 0, stale: [] });
      const tokens = world.nodes.flatMap(({ gained }) =>
        gained.map(({ shard, token }) => `${shard} ${token}`),
      );
      expect(new Set(tokens).size).toBe(tokens.length);
    }),
    { numRuns: 25 },
  );
}, 60_000);

it('has the store refuse who was overtaken, though clocks drift beyond all bounds', async () => {
  let doubles = 0;
  for (let seed = 0; seed < 6; seed += 1) {
    const found = await stormy(seed, { ...WEATHER, driftMax: 0.7 });
    doubles += found.doubles;
    expect(found.world.stale).toEqual([]);
  }
  // Otherwise the fence was not needed, and nothing was shown.
  expect(doubles).toBeGreaterThan(0);
}, 60_000);

const shares = (world: LeaseWorld): number[] =>
  world.nodes.map(({ works }) => works.size).toSorted((a, b) => b - a);

it('deals shards out evenly as instances come and go, each worked by one', async () => {
  const shards = ['a', 'b', 'c', 'd', 'e'];
  const world = new LeaseWorld({ seed: 1, shards, weather: {} });
  const first = world.start('one');
  await world.base.advanceAsync(1000);
  expect(shares(world)).toEqual([5]);
  const second = world.start('two');
  await world.base.advanceAsync(3 * TERM_MS);
  expect(shares(world)).toEqual([3, 2]);
  const third = world.start('three');
  world.start('four');
  await world.base.advanceAsync(3 * TERM_MS);
  expect(shares(world)).toEqual([2, 1, 1, 1]);
  world.kill(first);
  world.kill(third);
  await world.base.advanceAsync(3 * TERM_MS);
  expect(shares(world)).toEqual([3, 2]);
  const closing = second.leases.close();
  await world.base.advanceAsync(TERM_MS / 2);
  await closing;
  expect(shares(world)).toEqual([5, 0]);
});

it('takes over within a term and a look of a kill, and at once what was given back', async () => {
  const world = new LeaseWorld({ seed: 2, shards: ['only'], weather: {} });
  const active = world.start('one');
  await world.base.advanceAsync(1000);
  const standby = world.start('two');
  await world.base.advanceAsync(10_000);
  expect(standby.gained).toEqual([]);
  world.kill(active);
  await world.base.advanceAsync(TERM_MS * 0.8);
  expect(standby.gained).toEqual([]);
  await world.base.advanceAsync(TERM_MS * 0.5);
  expect(standby.gained.map(({ token }) => token)).toEqual([2]);
  const again = world.start('one');
  await world.base.advanceAsync(1000);
  const closing = standby.leases.close();
  await world.base.advanceAsync(TERM_MS / 2);
  await closing;
  expect(again.gained.map(({ token }) => token)).toEqual([3]);
});

it('takes back at once what its own name held, and tells who still runs under it', async () => {
  const world = new LeaseWorld({ seed: 3, shards: ['only'], weather: {} });
  const before = world.start('one');
  await world.base.advanceAsync(1000);
  const after = world.start('one');
  await world.base.advanceAsync(1000);
  expect(after.gained.map(({ token }) => token)).toEqual([2]);
  expect(before.works.size).toBe(0);
  // The older one waits like any other, or the two would take it in turns.
  await world.base.advanceAsync(5 * TERM_MS);
  expect(before.gained).toHaveLength(1);
});

it('has what a gone instance left taken up, once it has died or left', async () => {
  const world = new LeaseWorld({ seed: 4, shards: [], weather: {} });
  const gone: string[] = [];
  world.start('one', (name) => gone.push(name));
  const killed = world.start('two');
  const leaving = world.start('three');
  await world.base.advanceAsync(3 * TERM_MS);
  expect(gone).toEqual([]);
  const closing = leaving.leases.close();
  await world.base.advanceAsync(TERM_MS / 2);
  await closing;
  expect(gone).toEqual(['three']);
  world.kill(killed);
  await world.base.advanceAsync(2 * TERM_MS);
  expect(gone).toEqual(['three', 'two']);
  await world.base.advanceAsync(2 * TERM_MS);
  expect(gone).toEqual(['three', 'two']);
});
