import type { ServiceName } from '@ats/contracts';
import { AtsError } from '@ats/domain';
import {
  openLogger,
  openMetrics,
  type RpcAddress,
  type RpcClient,
  type RpcDirectory,
  rpcAddresses,
  seededRandom,
  systemClock,
  systemTimers,
} from '@ats/runtime';
import { openOperatorRpc } from '@ats/security';
import { type ConfigFlags, loadConfiguration } from './configuration.ts';

/** Longest that a service may take to answer a person, milliseconds. */
export const ANSWER_DEADLINE_MS = 5000;
/** The same where it asks venues first. */
export const VENUES_DEADLINE_MS = 60_000;

/**
 * Calls a service of a system that runs already, over gRPC at its address in the configuration.
 * @returns what `work` returns. @throws RPC_UNAVAILABLE naming the address
 */
export function withRunningService<Service, Result>(
  target: { readonly flags: ConfigFlags; readonly service: ServiceName<Service> },
  work: (client: RpcClient<Service>) => Promise<Result>,
): Promise<Result> {
  const { service } = target;
  return withRunningSystem(target, (rpc) => work(rpc.client(service)));
}

/**
 * The same for work that calls several services.
 * @param target with the service that a message names where nothing answers
 */
export async function withRunningSystem<Result>(
  target: { readonly flags: ConfigFlags; readonly service: ServiceName<unknown> },
  work: (rpc: RpcDirectory) => Promise<Result>,
): Promise<Result> {
  const { shared } = loadConfiguration(target.flags);
  const addresses = rpcAddresses(shared.rpc);
  const rpc = await openOperatorRpc({
    config: shared,
    clock: systemClock,
    timers: systemTimers,
    // Ids of calls must differ from one run of a command to the next.
    random: seededRandom(systemClock.nowUs() ^ process.pid),
    logger: openLogger({ service: 'cli', level: 'error', destination: process.stderr }),
    metrics: openMetrics({ service: 'cli' }),
  });
  try {
    return await work(rpc);
  } catch (problem) {
    throw unreachable(problem, addresses[target.service.fullName]);
  } finally {
    await rpc.close();
  }
}

/** What a person can do about a service that is not there; any other problem as it is. */
function unreachable(problem: unknown, at: RpcAddress | undefined): unknown {
  if (!(problem instanceof AtsError) || problem.code !== 'RPC_UNAVAILABLE' || at === undefined) {
    return problem;
  }
  return new AtsError({
    code: 'RPC_UNAVAILABLE',
    message: `nothing answers at ${at.address}, where ${at.field} says that ATS runs`,
    remedy: `Start it with "ats up", or say where it runs with --set ${at.field}=HOST:PORT.`,
    retry: problem.retry,
    context: { field: at.field, value: at.address },
    cause: problem,
  });
}
