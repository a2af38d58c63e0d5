import { join } from 'node:path';
import { ACCESS_SERVICE, RISK_SERVICE, type WireServices } from '@ats/contracts';
import {
  openRpcDirectory,
  type RpcHandlers,
  seededRandom,
  systemTimers,
  UNGUARDED,
} from '@ats/runtime';
import { memoryMetrics, silentLogger } from '@ats/testkit';
import { riskManager } from '../../src/index.ts';
import { riskConfig } from '../samples.ts';
import { openStage } from '../stage.ts';

type AccessHandlers = RpcHandlers<WireServices['ats.access.v1.AccessService']>;

const CALL = { deadlineMs: 5000 };
const LIMITS = { lossPerDay: { warn: '500', max: '1000', onBreach: 'halted' } };

/** `none` is no decimal, and counted as nothing that is more than before. */
it('asks for a second person before a limit is taken away', async () => {
  const { folder, clock, state, log, bus, close } = await openStage();
  const logger = silentLogger();
  const random = seededRandom(1);
  const parts = { clock, timers: systemTimers, random, logger, metrics: memoryMetrics() };
  const guard = { ...UNGUARDED, self: { ...UNGUARDED.self, kind: 'user' as const, name: 'ann' } };
  const rpc = openRpcDirectory({ ...parts, guard, addresses: {}, listen: false });
  const claims: string[] = [];
  const ClaimApproval: AccessHandlers['ClaimApproval'] = ({ kind, summary }) => {
    claims.push(`${kind}: ${summary}`);
    return { state: 'pending', approvalId: 'a1' };
  };
  await rpc.serve(ACCESS_SERVICE, { ClaimApproval } as unknown as AccessHandlers);
  const running = await riskManager.start({
    ...{ ...parts, rpc },
    config: riskConfig({ limits: LIMITS }, join(folder, 'kill-switch')),
    ports: {
      stateStore: async () => state,
      eventLog: async () => log,
      marketBus: async () => bus,
    },
  });
  const risk = rpc.client(RISK_SERVICE);
  const onBreach = 'BREACH_ACTION_UNSPECIFIED' as const;
  const wish = { name: 'lossPerDay', of: '', warn: 'none', max: 'none', onBreach, reset: false };
  const request = { changes: [wish], actor: 'ann', reason: 'away with it', expectedVersion: 0 };
  const taken = risk.UpdateRiskLimits(request, CALL);
  await expect(taken).rejects.toMatchObject({ code: 'ACCESS_APPROVAL_PENDING' });
  expect(claims).toEqual(['limits.raise: lossPerDay from 1000 to none']);
  await running.drain();
  await rpc.close();
  await close();
});
