import { ACCESS_SERVICE } from '@ats/contracts';
import { AtsError } from '@ats/domain';
import {
  type HostParts,
  openRpcDirectory,
  type Reload,
  type RpcDirectory,
  type RpcTls,
  rpcAddresses,
  SERVICE_NAMES,
} from '@ats/runtime';
import type { DurablePorts } from '@ats/storage';
import { type OpenAccessLog, openAccessLog } from './access-log.ts';
import { certificateEndMs, openTls } from './adapters/certificates.ts';
import { openSealedConfig } from './adapters/sealed-config.ts';
import { systemEntropy } from './adapters/system-entropy.ts';
import { introspector, OPERATOR, openGuard, sessionLasts, WHOLE_SYSTEM } from './guard.ts';
import { HeldStreams } from './held-streams.ts';

/** An open stream of a person outlives their session by so long at most. */
const STREAM_CHECK_MS = 1000;

/**
 * The way between services with its locks: mutual TLS, and the guard that knows every method.
 * @param self the name of this process: a service's, or `WHOLE_SYSTEM`
 */
export function openSystemRpc(self: string) {
  return async (parts: HostParts, ports: Pick<DurablePorts, 'eventLog'>): Promise<RpcDirectory> => {
    const eventLog = () => ports.eventLog();
    const log = openAccessLog({ ...parts, entropy: systemEntropy, eventLog });
    return openGuarded(self, parts, log);
  };
}

/** What a process of the system is opened with: locks, sealed settings, the record of reloads. */
export const secured = (self: string) => ({
  openRpc: openSystemRpc(self),
  openSealed: openSealedConfig,
  openAudit: openReloadAudit,
});

/** Records reloads by a signal or a changed file: whoever may do either is the operator. */
export function openReloadAudit(parts: HostParts, ports: Pick<DurablePorts, 'eventLog'>) {
  const eventLog = () => ports.eventLog();
  const log = openAccessLog({ ...parts, entropy: systemEntropy, eventLog });
  return ({ source, changes, error }: Reload): void => {
    const state = (of: 'before' | 'after') =>
      Object.fromEntries(
        changes.filter(({ live }) => live).map((one) => [one.path, one[of] ?? null]),
      );
    log.write({
      ...{ actor: OPERATOR, actorKind: 'operator', source, action: 'config.reload' },
      target: parts.config.profile,
      outcome: error === undefined ? 'ok' : 'failed',
      reason: error instanceof AtsError ? error.code : '',
      before: state('before'),
      after: state('after'),
    });
  };
}

/** The way to a running system for whoever may read the authority's key on this machine. */
export function openOperatorRpc(parts: HostParts): Promise<RpcDirectory> {
  return openGuarded(OPERATOR, parts, { write: () => undefined, close: async () => undefined });
}

/** A certificate is renewed by itself long before: what is told is that it was not. */
function tellExpiry({ metrics, clock }: HostParts, tls: RpcTls): void {
  const left = metrics.gauge({
    name: 'ats_security_certificate_left_seconds',
    help: 'Until the certificate that this process shows ends.',
    labels: [],
  });
  let endsAtMs = certificateEndMs(tls);
  tls.onRenewal?.((next) => {
    endsAtMs = certificateEndMs(next);
  });
  metrics.beforeCollect(() => left.set({}, endsAtMs / 1000 - clock.nowUs() / 1e6));
}

async function openGuarded(
  self: string,
  parts: HostParts,
  log: OpenAccessLog,
): Promise<RpcDirectory> {
  const { config, clock, timers, logger } = parts;
  const { security } = config;
  const tls = await openTls({
    ...security,
    ...parts,
    name: self,
    entropy: systemEntropy,
    onRenewal(failure) {
      if (failure === undefined) logger.info('tls.renewed', 'the certificate was renewed');
      else logger.error('tls.not_renewed', 'no new certificate', { error: failure });
    },
  });
  tellExpiry(parts, tls);
  const services = new Set<string>([...SERVICE_NAMES, WHOLE_SYSTEM]);
  const deadlineMs = config.rpc.deadlineMs;
  const client = () => rpc.client(ACCESS_SERVICE);
  const { rememberMs } = security;
  const introspect = introspector({ client, clock, rememberMs, deadlineMs });
  const lasts = sessionLasts(client, deadlineMs);
  const everyMs = Math.max(rememberMs, STREAM_CHECK_MS);
  const streams = new HeldStreams({ lasts, timers, everyMs });
  const guard = openGuard({ self, services, introspect, clock, log, streams });
  const addresses = rpcAddresses(config.rpc);
  const rpc: RpcDirectory = openRpcDirectory({ ...parts, addresses, tls, guard });
  return {
    serve: (name, handlers) => rpc.serve(name, handlers),
    client: (name) => rpc.client(name),
    duplex: (name, method) => rpc.duplex(name, method),
    subscribe: (name, method, request, options) => rpc.subscribe(name, method, request, options),
    async close() {
      tls.close();
      await rpc.close();
      await log.close();
    },
  };
}
