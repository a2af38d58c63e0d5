import type { ServiceContext } from '@ats/runtime';
import { openApprovalSeal } from '@ats/security';
import { fencedStore, type Holding, leaseLost, openLeases } from '@ats/storage';
import type { Authority } from './app/risk-desk.ts';
import { warmUp } from './app/warm-up.ts';
import type { RiskConfig } from './config.ts';
import type { RiskPorts, RunningRiskManager } from './service.ts';

type Context = ServiceContext<RiskConfig, RiskPorts>;
type Start = (context: Context, authority: Authority) => Promise<RunningRiskManager>;

/** What one of the instances does, and no other: everything. */
const SHARD = 'decisions';

/**
 * One of several instances: it decides while it has the lease, and until then it waits without
 * listening, so that nobody finds it. What the one before has stored is taken up when the lease is
 * had, and the rest is read from the log, as after a restart.
 *
 * Who has lost the lease ends its process: whatever it still holds in memory is another's by now.
 */
export async function startShared(context: Context, start: Start): Promise<RunningRiskManager> {
  const { config, clock, ports } = context;
  const { promise: failed, resolve: fail } = Promise.withResolvers<Error>();
  warmUp(config, openApprovalSeal(config.risk), clock);
  const state = await ports.stateStore?.();
  if (state === undefined) return start(context, { epoch: 0, held: true });
  let running: RunningRiskManager | undefined;
  let starting: Promise<void> | undefined;
  const decide = async (holding: Holding): Promise<void> => {
    const lost = (): void => fail(leaseLost(holding));
    const fenced = fencedStore(state, holding, lost);
    const own = { ...ports, stateStore: () => Promise.resolve(fenced) };
    const authority: Authority = {
      epoch: holding.token,
      get held() {
        return holding.held;
      },
    };
    running = await start({ ...context, ports: own }, authority);
  };
  const leases = openLeases(context, {
    ...{ state, group: 'risk-manager', shards: [SHARD] },
    onGained: (holding) => {
      starting = decide(holding).catch(fail);
    },
    onLost: (holding) => fail(leaseLost(holding)),
    onRelease: async () => {
      await starting;
      await running?.drain().catch(fail);
    },
  });
  await leases.start();
  // Who is alone decides from the start, as one that shares with nobody; or is overtaken already.
  const overtaken = failed.then((problem) => Promise.reject(problem));
  await Promise.race([starting, overtaken]);
  return {
    failed,
    get address() {
      return running?.address ?? '';
    },
    readiness() {
      const trouble = leases.trouble();
      const told = running?.readiness() ?? { ready: true, reasons: [] };
      const reasons = [...told.reasons, ...(trouble === '' ? [] : [trouble])];
      return { ready: reasons.length === 0, reasons };
    },
    drain: () => leases.close(),
  };
}
