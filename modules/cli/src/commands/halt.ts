import { RISK_SERVICE, type WireServices } from '@ats/contracts';
import { AtsError } from '@ats/domain';
import { EXIT, openKillSwitch, type RpcClient } from '@ats/runtime';
import pc from 'picocolors';
import { type ConfigFlags, loadConfiguration } from '../app/configuration.ts';
import { ANSWER_DEADLINE_MS, withRunningService } from '../app/running-system.ts';
import { plainText } from '../view/format.ts';

export interface HaltOptions extends ConfigFlags {
  readonly actor: string;
  readonly reason: string;
  readonly json?: true;
  /** Whether the file is made whatever the services say. */
  readonly killSwitch?: true;
}

type RiskClient = RpcClient<WireServices['ats.risk.v1.RiskService']>;

const CALL = { deadlineMs: ANSWER_DEADLINE_MS };
const UNANSWERED = ['RPC_UNAVAILABLE', 'RPC_DEADLINE_EXCEEDED', 'RPC_CIRCUIT_OPEN'];

const killSwitchOf = (options: HaltOptions) =>
  openKillSwitch(loadConfiguration(options).shared.killSwitchFile);

/**
 * Stops all new trades and orders of a running system. Where risk does not answer, or when asked
 * to, the kill switch is pulled: gateways on this machine see its file. @returns the exit code
 */
export async function halt(options: HaltOptions): Promise<number> {
  const { actor, reason, json } = options;
  if (options.killSwitch === true) return pull(options, '');
  try {
    return await withRunningService({ flags: options, service: RISK_SERVICE }, async (risk) => {
      await risk.Halt({ actor, reason }, CALL);
      return (await tellHalted(risk, { json: json === true })) ? EXIT.ok : EXIT.failed;
    });
  } catch (problem) {
    if (!(problem instanceof AtsError) || !UNANSWERED.includes(problem.code)) throw problem;
    return pull(options, `Risk does not answer (${problem.code}). `);
  }
}

/** Lets a running system trade again, the kill switch included. @returns the exit code */
export async function resume(options: HaltOptions): Promise<number> {
  const { actor, reason, json } = options;
  return withRunningService({ flags: options, service: RISK_SERVICE }, async (risk) => {
    const killSwitch = killSwitchOf(options);
    const pulled = killSwitch.reason();
    if (pulled !== '') {
      // Halted by the service too before the file goes: removing a file lets nothing go on.
      await risk.Halt({ actor: 'the kill switch', reason: pulled }, CALL);
      killSwitch.release();
    }
    await risk.Resume({ actor, reason }, CALL);
    return (await tellHalted(risk, { json: json === true })) ? EXIT.failed : EXIT.ok;
  });
}

function pull(options: HaltOptions, why: string): number {
  const { actor, reason, json } = options;
  const killSwitch = killSwitchOf(options);
  killSwitch.pull(`${actor}: ${reason}`);
  const { file } = killSwitch;
  const said =
    json === true
      ? JSON.stringify({ halted: true, reason: killSwitch.reason(), actor, killSwitchFile: file })
      : `${why}${pc.red('The kill switch is on')}: ${file}`;
  process.stdout.write(`${said}\n`);
  return EXIT.ok;
}

/** Says how risk stands now, which may be as somebody else has said before or since. */
async function tellHalted(risk: RiskClient, { json }: { json: boolean }): Promise<boolean> {
  const status = await risk.GetRiskStatus({}, CALL);
  const { halted, haltReason: reason, haltedBy: actor, haltedAtUs } = status;
  const { resumeActors, resumePersons } = status;
  const words = halted
    ? `${pc.red('Trading is halted')} by ${plainText(actor)}: ${plainText(reason)}`
    : pc.green('Trading is not halted.');
  const asked = resumeActors.map(plainText).join(', ');
  const waits =
    resumeActors.length === 0
      ? ''
      : `\n${asked} would resume; ${resumePersons - resumeActors.length} more must say so.`;
  const said = json
    ? JSON.stringify({ halted, reason, actor, haltedAtUs, resumeActors, resumePersons })
    : `${words}${waits}`;
  process.stdout.write(`${said}\n`);
  return halted;
}
