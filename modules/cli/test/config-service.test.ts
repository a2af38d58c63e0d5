import { CONFIG_SERVICE } from '@ats/contracts';
import { openRpcDirectory, seededRandom, systemClock, systemTimers } from '@ats/runtime';
import { type AccessEntry, HeldStreams, openGuard } from '@ats/security';
import { memoryMetrics, silentLogger } from '@ats/testkit';
import { serveConfig } from '../src/app/config-service.ts';

/** The service behind the guard of a running system, called by the operator of the machine. */
function open(answer: () => readonly object[]) {
  const entries: AccessEntry[] = [];
  const parts = {
    ...{ clock: systemClock, timers: systemTimers, random: seededRandom(1) },
    ...{ logger: silentLogger(), metrics: memoryMetrics() },
  };
  const guard = openGuard({
    self: 'ats',
    services: new Set(),
    introspect: () => Promise.reject(new Error('nobody logs in here')),
    clock: systemClock,
    log: { write: (entry) => void entries.push(entry) },
    streams: new HeldStreams({
      lasts: () => Promise.resolve(true),
      timers: systemTimers,
      everyMs: 1000,
    }),
  });
  const operator = { ...guard.self, kind: 'operator', role: 'administrator' } as const;
  const rpc = openRpcDirectory({ ...parts, addresses: {}, guard: { ...guard, self: operator } });
  return { entries, rpc, host: { reload: answer as never } };
}

const CHANGES = [
  { path: 'engine.minEdgeBps', before: 1, after: 4, live: true, source: 'my.yaml' },
  { path: 'gateway.port', before: 1, after: 2, live: false, source: 'my.yaml' },
];
const call = { deadlineMs: 1000 };

test('a reload is recorded with who asked, why, and what was taken', async () => {
  const { entries, rpc, host } = open(() => CHANGES);
  await serveConfig(rpc, host);
  const request = { dryRun: false, actor: 'ann', reason: 'wider edges' };
  const { changes } = await rpc.client(CONFIG_SERVICE).ReloadConfig(request, call);
  expect(changes.map(({ path, before, after, live }) => [path, before, after, live])).toEqual([
    ['engine.minEdgeBps', '1', '4', true],
    ['gateway.port', '1', '2', false],
  ]);
  expect(entries).toMatchObject([
    {
      ...{ action: 'config.reload', outcome: 'ok', actorKind: 'operator' },
      request: { actor: 'ann', reason: 'wider edges' },
      before: { 'engine.minEdgeBps': 1 },
      after: { 'engine.minEdgeBps': 4 },
    },
  ]);
  await rpc.close();
});

test('a reload that is refused is recorded too', async () => {
  const { entries, rpc, host } = open(() => {
    throw new Error('the file is wrong');
  });
  await serveConfig(rpc, host);
  const asked = rpc
    .client(CONFIG_SERVICE)
    .ReloadConfig({ dryRun: false, actor: '', reason: '' }, call);
  await expect(asked).rejects.toThrow();
  expect(entries).toMatchObject([{ action: 'config.reload', outcome: 'failed' }]);
  await rpc.close();
});
