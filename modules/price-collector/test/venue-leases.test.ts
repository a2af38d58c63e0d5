import { settle, virtualTimers } from '@ats/runtime';
import { memoryStateStore } from '@ats/storage';
import { silentLogger } from '@ats/testkit';
import type { RunningVenue } from '../src/app/stats.ts';
import { shareVenues, VenueSet } from '../src/venue-leases.ts';

const NAMES = ['binance', 'kraken', 'upbit'];
const TERM_MS = 3000;

/** A collector whose feeds only say what is done to them. */
function collector(told: string[], name: string) {
  const open = async (venue: string): Promise<RunningVenue> => {
    const say = (what: string) => void told.push(`${name} ${what} ${venue}`);
    const feed = { start: () => say('starts'), stop: async () => say('stops') };
    return { core: { venue, shutdown: () => say('tells the end of') }, feed } as never;
  };
  return new VenueSet({ open, logger: silentLogger() });
}

function openWorld() {
  const timers = virtualTimers();
  const { clock } = timers;
  const state = memoryStateStore(clock);
  const told: string[] = [];
  const start = async (name: string) => {
    const venues = collector(told, name);
    const sharing = { enabled: true, instance: name, termMs: TERM_MS };
    const context = { clock, timers, logger: silentLogger(), config: { sharing } };
    const leases = await shareVenues(context as never, { state, names: NAMES, venues });
    await settle();
    return { venues, leases };
  };
  return { timers, told, start };
}

it('hands venues to a second collector, each ended here before it begins there', async () => {
  const { timers, told, start } = openWorld();
  const first = await start('a');
  expect(told).toEqual(NAMES.map((name) => `a starts ${name}`));
  told.length = 0;
  const second = await start('b');
  await timers.advanceAsync(2 * TERM_MS);
  expect([first, second].map(({ venues }) => venues.running.length)).toEqual([2, 1]);
  expect(told).toEqual(['a stops upbit', 'a tells the end of upbit', 'b starts upbit']);
  told.length = 0;
  await first.leases.close();
  await timers.advanceAsync(TERM_MS);
  expect(second.venues.running).toHaveLength(3);
});

it('ends a feed without a word where another collector tells of the venue already', async () => {
  const told: string[] = [];
  const venues = collector(told, 'a');
  await Promise.all([venues.begin('kraken'), venues.end('kraken', { tell: false })]);
  await venues.begin('kraken');
  expect(told).toEqual(['a starts kraken', 'a stops kraken', 'a starts kraken']);
  expect(venues.running).toHaveLength(1);
});
