import { openRpcDirectory, type RpcDirectory, type RpcDirectoryOptions } from '@ats/runtime';
import { HeldStreams, openGuard, openTls, systemEntropy, WHOLE_SYSTEM } from '@ats/security';

/** The way to services as a running system has it, for commands that are to reach them. */
export async function openGuardedRpc(
  options: Omit<RpcDirectoryOptions, 'guard' | 'tls'>,
  folder: string,
  asks: { readonly as: 'service' | 'operator' } = { as: 'service' },
): Promise<{ readonly rpc: RpcDirectory; readonly where: readonly string[] }> {
  const { clock } = options;
  const self = WHOLE_SYSTEM;
  const own = { name: self, folder, hosts: ['127.0.0.1'], certificateDays: 1 };
  const tls = await openTls({ ...options, ...own, entropy: systemEntropy, onRenewal: () => {} });
  const introspect = () => Promise.reject(new Error('nobody logs in here'));
  const log = { write: () => {} };
  const lasts = () => Promise.resolve(true);
  const streams = new HeldStreams({ lasts, timers: options.timers, everyMs: 1000 });
  const guard = openGuard({ self, services: new Set(), introspect, clock, log, streams });
  // What a test asks of a service within its process it may have to ask as the operator.
  const operator = { ...guard.self, kind: 'operator', role: 'administrator' } as const;
  const rpc = openRpcDirectory({
    ...options,
    tls,
    guard: asks.as === 'service' ? guard : { ...guard, self: operator },
  });
  return { rpc, where: ['--set', `security.folder=${folder}`] };
}
