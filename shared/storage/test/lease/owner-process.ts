import { systemClock, systemTimers } from '@ats/runtime';
import { fencedStore, Leases, openDynamoStateStore } from '@ats/storage';
import { memoryMetrics, silentLogger } from '@ats/testkit';

/**
 * An instance that works while it holds the lease, and prints what it did: `sends` is for what no
 * store can refuse, an order to a venue say, and `writes` for a transaction that committed.
 */
const [url = '', name = '', termMs = ''] = process.argv.slice(2);
const time = { clock: systemClock, timers: systemTimers };
const state = await openDynamoStateStore({ url, ...time, metrics: memoryMetrics() });
const say = (what: string): void => void process.stdout.write(`${what}\n`);
const key = { table: 'risk', partition: 'paused-owner', sort: 'work' } as const;

const leases = new Leases({
  ...{ state, ...time, logger: silentLogger(), group: 'paused-owner', shards: ['work'] },
  ...{ holder: name, run: name, termMs: Number(termMs) },
  onGained(holding) {
    say(`gained ${holding.token}`);
    const fenced = fencedStore(state, holding, () => say('refused'));
    const write = async (): Promise<void> => {
      for (;;) {
        const set = { by: name };
        await fenced.transact([{ kind: 'update', key, set, increment: { count: 1n } }]);
        say('writes');
      }
    };
    write().catch((error: unknown) => say(`stopped ${(error as { code?: string }).code}`));
    systemTimers.every(1, () => holding.held && say('sends'));
  },
  onLost: () => say('lost'),
  onRelease: () => Promise.resolve(),
});
await leases.start();
// Timers alone keep nobody alive.
process.stdin.resume();
