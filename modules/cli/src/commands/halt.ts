import { RISK_SERVICE, type WireServices } from '@ats/contracts';
import { EXIT, type RpcClient } from '@ats/runtime';
import pc from 'picocolors';
import type { ConfigFlags } from '../app/configuration.ts';
import { ANSWER_DEADLINE_MS, withRunningService } from '../app/running-system.ts';
import { plainText } from '../view/format.ts';

export interface HaltOptions extends ConfigFlags {
  readonly actor: string;
  readonly reason: string;
  readonly json?: true;
}

type RiskClient = RpcClient<WireServices['ats.risk.v1.RiskService']>;

const CALL = { deadlineMs: ANSWER_DEADLINE_MS };

/** Stops all new trades and orders of a running system. @returns the exit code */
export async function halt(options: HaltOptions): Promise<number> {
  const { actor, reason, json } = options;
  return withRunningService({ flags: options, service: RISK_SERVICE }, async (risk) => {
    await risk.Halt({ actor, reason }, CALL);
    return (await tellHalted(risk, { json: json === true })) ? EXIT.ok : EXIT.failed;
  });
}

/** Lets a running system trade again. @returns the exit code */
export async function resume(options: HaltOptions): Promise<number> {
  const { actor, reason, json } = options;
  return withRunningService({ flags: options, service: RISK_SERVICE }, async (risk) => {
    await risk.Resume({ actor, reason }, CALL);
    return (await tellHalted(risk, { json: json === true })) ? EXIT.failed : EXIT.ok;
  });
}

/** Says how risk stands now, which may be as somebody else has said before or since. */
async function tellHalted(risk: RiskClient, { json }: { json: boolean }): Promise<boolean> {
  const status = await risk.GetRiskStatus({}, CALL);
  const { halted, haltReason: reason, haltedBy: actor, haltedAtUs } = status;
  const words = halted
    ? `${pc.red('Trading is halted')} by ${plainText(actor)}: ${plainText(reason)}`
    : pc.green('Trading is not halted.');
  const said = json ? JSON.stringify({ halted, reason, actor, haltedAtUs }) : words;
  process.stdout.write(`${said}\n`);
  return halted;
}
