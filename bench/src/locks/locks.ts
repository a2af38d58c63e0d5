import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ORDER_SERVICE } from '@ats/contracts';
import { LatencyRecorder, type RpcDirectory } from '@ats/runtime';
import { startChild } from '../child.ts';
import { BACK_TO_BACK_MS, pause } from '../market/floors.ts';
import { median } from '../measure.ts';
import { type BenchOptions, type Figure, figure, type Report } from '../report.ts';
import {
  benchDirectory,
  benchGuard,
  benchTls,
  type LocksAddresses,
  type LocksJob,
  serveOrders,
} from './locked-orders.ts';

export const LOCK_PARTS = ['in-process', 'across'] as const;

const FULL = { trips: 4000, warmUp: 1000, rounds: 40, callsPerRound: 5000 };
const TINY = { trips: 50, warmUp: 10, rounds: 3, callsPerRound: 100 };
const DEADLINE_MS = 5000;
/** As long as an approval of two legs. */
const APPROVAL = 'a1.'.padEnd(320, 'x');

const leg = (venue: string, side: 'ORDER_SIDE_BUY' | 'ORDER_SIDE_SELL') => ({
  clientOrderId: `bench-${venue}`,
  ...{ venue, instrument: 'BTC/USDT', side },
  type: 'ORDER_TYPE_LIMIT' as const,
  timeInForce: 'TIME_IN_FORCE_IOC' as const,
  ...{ quantity: '0.01', limitPrice: '100000', postOnly: false },
});

/** Both legs of a trade, as the engine sends them. */
function submit(rpc: RpcDirectory): () => Promise<unknown> {
  const client = rpc.client(ORDER_SERVICE);
  const request = {
    ...{ requestId: 'bench', accountId: 'main', opportunityId: 'o', tradeId: 't' },
    orders: [leg('binance', 'ORDER_SIDE_BUY'), leg('kraken', 'ORDER_SIDE_SELL')],
    purpose: 'ORDER_PURPOSE_ENTRY' as const,
    ...{ sendBeforeUs: 0, approval: APPROVAL },
  };
  return () => client.SubmitOrders(request, { deadlineMs: DEADLINE_MS });
}

/**
 * What the locks cost an order on its way to the gateway: the guard within a process, the guard and
 * mutual TLS across two. The floor is the same call without them; both go in turns, so that
 * what disturbs the machine disturbs both. The gateway's own work is left out.
 */
export async function benchLocks({ tiny, only }: BenchOptions): Promise<Report> {
  const sizes = tiny ? TINY : FULL;
  const wanted = (part: string): boolean => only.length === 0 || only.includes(part);
  const figures = [
    ...(wanted('in-process') ? [await inProcess(sizes)] : []),
    ...(wanted('across') ? await across(sizes) : []),
  ];
  return { bench: 'locks', node: process.version, tiny, figures, skipped: [] };
}

async function inProcess({ rounds, callsPerRound }: typeof FULL): Promise<Figure> {
  const [open, guarded] = [benchDirectory({}), benchDirectory({ guard: benchGuard() })];
  await Promise.all([open, guarded].map(serveOrders));
  const times = { open: [] as number[], guarded: [] as number[] };
  const calls = { open: submit(open), guarded: submit(guarded) };
  for (let round = -5; round < rounds; round += 1) {
    for (const name of ['open', 'guarded'] as const) {
      const began = performance.now();
      for (let call = 0; call < callsPerRound; call += 1) await calls[name]();
      const us = ((performance.now() - began) * 1000) / callsPerRound;
      if (round >= 0) times[name].push(us);
    }
  }
  await Promise.all([open.close(), guarded.close()]);
  return figure({
    name: 'SubmitOrders in one process, with the guard',
    unit: 'us',
    value: median(times.guarded),
    floorName: 'without it',
    floor: median(times.open),
    target: { atMost: 2 },
  });
}

async function across({ trips, warmUp }: typeof FULL): Promise<readonly Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'ats-bench-locks-'));
  const tls = await benchTls(folder);
  const job: LocksJob = { folder };
  const servers = startChild<LocksAddresses>(new URL('./locked-orders.ts', import.meta.url), job);
  const addresses = await servers.next();
  const open = benchDirectory({ address: addresses.open });
  const locked = benchDirectory({ address: addresses.locked, guard: benchGuard(), tls });
  const ways = [
    { call: submit(open), times: new LatencyRecorder() },
    { call: submit(locked), times: new LatencyRecorder() },
  ] as const;
  try {
    for (let trip = -warmUp; trip < trips; trip += 1) {
      for (const { call, times } of ways) {
        await pause(BACK_TO_BACK_MS);
        const began = performance.now();
        await call();
        if (trip >= 0) times.record((performance.now() - began) * 1000);
      }
    }
  } finally {
    await Promise.all([open.close(), locked.close()]);
    await servers.stop();
    await rm(folder, { recursive: true, force: true });
  }
  const [floor, measured] = ways.map(({ times }) => times);
  return (
    [
      ['p50', 0.5, 1.5],
      ['p99', 0.99, 2],
    ] as const
  ).map(([name, quantile, atMost]) =>
    figure({
      name: `SubmitOrders over gRPC with mutual TLS and the guard, ${name}`,
      unit: 'us',
      value: measured?.quantile(quantile) ?? Number.NaN,
      floorName: `plain gRPC, ${name}`,
      floor: floor?.quantile(quantile) ?? Number.NaN,
      target: { atMost },
    }),
  );
}
