import { ORDER_SERVICE, type WireMessages, type WireServices } from '@ats/contracts';
import {
  openRpcDirectory,
  type RpcDirectory,
  type RpcGuard,
  type RpcHandlers,
  type RpcTls,
  seededRandom,
  systemClock,
  systemTimers,
  UNGUARDED,
} from '@ats/runtime';
import { HeldStreams, openGuard, openTls, systemEntropy, WHOLE_SYSTEM } from '@ats/security';
import { memoryMetrics, silentLogger } from '@ats/testkit';
import { answer, receiveJob } from '../child.ts';

export interface LocksJob {
  /** Where the authority is, which both sides share. */
  readonly folder: string;
}

export interface LocksAddresses {
  readonly open: string;
  readonly locked: string;
}

const FIELD = 'rpc.orderAddress';
const ANSWER: WireMessages['ats.order.v1.SubmitOrdersResponse'] = { orders: [] };

/** Takes every order at once: what is measured is the way to it. */
const handlers = { SubmitOrders: () => ANSWER } as Partial<
  RpcHandlers<WireServices['ats.order.v1.OrderService']>
> as RpcHandlers<WireServices['ats.order.v1.OrderService']>;

export function benchGuard(): RpcGuard {
  const lasts = () => Promise.resolve(true);
  return openGuard({
    self: WHOLE_SYSTEM,
    services: new Set([WHOLE_SYSTEM]),
    introspect: () => Promise.reject(new Error('nobody logs in here')),
    clock: systemClock,
    log: { write: () => undefined },
    streams: new HeldStreams({ lasts, timers: systemTimers, everyMs: 1000 }),
  });
}

export function benchDirectory(parts: {
  readonly guard?: RpcGuard;
  readonly tls?: RpcTls;
  /** Of the gateway; absent where all is in one process. */
  readonly address?: string;
}): RpcDirectory {
  const { guard = UNGUARDED, tls, address } = parts;
  const addresses =
    address === undefined ? {} : { [ORDER_SERVICE.fullName]: { address, field: FIELD } };
  return openRpcDirectory({
    ...{ clock: systemClock, timers: systemTimers, random: seededRandom(1), guard, addresses },
    ...{ logger: silentLogger(), metrics: memoryMetrics({ keepsObservations: false }) },
    ...(tls === undefined ? {} : { tls }),
  });
}

export const benchTls = (folder: string): Promise<RpcTls> =>
  openTls({
    ...{ name: WHOLE_SYSTEM, folder, hosts: ['127.0.0.1'], certificateDays: 1 },
    ...{ clock: systemClock, timers: systemTimers, entropy: systemEntropy },
    onRenewal: () => undefined,
  });

export const serveOrders = (rpc: RpcDirectory) => rpc.serve(ORDER_SERVICE, handlers);

if (import.meta.main) {
  const { folder } = await receiveJob<LocksJob>();
  const address = '127.0.0.1:0';
  const open = await serveOrders(benchDirectory({ address }));
  const locks = { guard: benchGuard(), tls: await benchTls(folder) };
  const locked = await serveOrders(benchDirectory({ ...locks, address }));
  answer({ open: open.address, locked: locked.address } satisfies LocksAddresses);
}
