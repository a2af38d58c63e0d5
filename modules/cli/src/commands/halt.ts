import { createInterface } from 'node:readline/promises';
import {
  haltModeFromWire,
  haltModeOf,
  haltModeToWire,
  RISK_SERVICE,
  type WireMessages,
  type WireServices,
} from '@ats/contracts';
import { AtsError, type HaltMode } from '@ats/domain';
import { EXIT, openKillSwitch, type RpcClient } from '@ats/runtime';
import pc from 'picocolors';
import { type ConfigFlags, loadConfiguration } from '../app/configuration.ts';
import { ANSWER_DEADLINE_MS, withRunningService } from '../app/running-system.ts';
import { dateAndTime, plainText } from '../view/format.ts';
import { haltBadge, takenIn } from '../view/halt-words.ts';

export interface StatusOptions extends Omit<ConfigFlags, 'mode' | 'seed'> {
  readonly json?: true;
}

interface SaidOptions extends StatusOptions {
  readonly actor: string;
  readonly reason: string;
}

export interface HaltOptions extends SaidOptions {
  readonly haltMode: HaltMode;
  /** Whether nobody need be asked before what is open is closed. */
  readonly yes?: true;
  /** Whether the file is made whatever the services say. */
  readonly killSwitch?: true;
}

export interface ResumeOptions extends SaidOptions {
  /** The halt that is to be left; none unless told. */
  readonly to?: HaltMode;
}

type RiskClient = RpcClient<WireServices['ats.risk.v1.RiskService']>;
type RiskStatus = WireMessages['ats.risk.v1.GetRiskStatusResponse'];

const CALL = { deadlineMs: ANSWER_DEADLINE_MS };
const UNANSWERED = ['RPC_UNAVAILABLE', 'RPC_DEADLINE_EXCEEDED', 'RPC_CIRCUIT_OPEN'];

const killSwitchOf = (options: SaidOptions) =>
  openKillSwitch(loadConfiguration(options).shared.killSwitchFile);

/**
 * Stops new trades and orders of a running system. Where risk does not answer, or when asked to,
 * the kill switch is pulled: gateways on this machine see its file. @returns the exit code
 */
export async function halt(options: HaltOptions): Promise<number> {
  const { actor, reason, haltMode: mode, json } = options;
  if (options.killSwitch === true) return pull(options, '');
  if (mode === 'flatten' && !(await isConfirmed(options))) {
    process.stderr.write('Nothing was done.\n');
    return EXIT.failed;
  }
  try {
    return await withRunningService({ flags: options, service: RISK_SERVICE }, async (risk) => {
      await risk.EmergencyHalt({ actor, reason, mode: haltModeToWire(mode) }, CALL);
      return (await tellHalted(risk, json)) === undefined ? EXIT.failed : EXIT.ok;
    });
  } catch (problem) {
    if (!(problem instanceof AtsError) || !UNANSWERED.includes(problem.code)) throw problem;
    return pull(options, `Risk does not answer (${problem.code}). `);
  }
}

/**
 * Lets a running system trade again, the kill switch included, or loosens its halt.
 * @returns the exit code
 */
export async function resume(options: ResumeOptions): Promise<number> {
  const { actor, reason, to, json } = options;
  return withRunningService({ flags: options, service: RISK_SERVICE }, async (risk) => {
    const killSwitch = killSwitchOf(options);
    const pulled = killSwitch.reason();
    if (pulled !== '') {
      // Halted by the service too before the file goes: removing a file lets nothing go on.
      const mode = haltModeToWire('halted');
      await risk.EmergencyHalt({ actor: 'the kill switch', reason: pulled, mode }, CALL);
      killSwitch.release();
    }
    await risk.ResumeTrading({ actor, reason, to: haltModeToWire(to) }, CALL);
    const mode = await tellHalted(risk, json);
    return mode === undefined || mode === to ? EXIT.ok : EXIT.failed;
  });
}

/** Says whether trading is halted, and how much. @returns the exit code */
export async function status(options: StatusOptions): Promise<number> {
  return withRunningService({ flags: options, service: RISK_SERVICE }, async (risk) => {
    await tellHalted(risk, options.json);
    return EXIT.ok;
  });
}

/** Asks the person, where there is one. @throws CONFIG_INVALID where nobody can be asked */
async function isConfirmed({ yes }: HaltOptions): Promise<boolean> {
  if (yes === true) return true;
  if (!process.stdin.isTTY) {
    throw new AtsError({
      code: 'CONFIG_INVALID',
      message: '--mode flatten closes every position, and there is nobody to ask',
      remedy: 'Add --yes, if that is what you want.',
      context: { field: '--yes', value: '' },
    });
  }
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  // Ctrl-C and Ctrl-D close it without an answer.
  const closed = new Promise<string>((done) => prompt.once('close', () => done('')));
  const question =
    `${pc.bold('FLATTEN')} cancels all open orders, unwinds open trades and closes every ` +
    'position of the trading account at what the books pay.\nType "flatten" to do it: ';
  const answer = await Promise.race([prompt.question(question), closed]);
  prompt.close();
  return answer.trim().toLowerCase() === 'flatten';
}

function pull(options: HaltOptions, why: string): number {
  const { actor, reason, json, haltMode: mode } = options;
  const killSwitch = killSwitchOf(options);
  killSwitch.pull(`${actor}: ${reason}`);
  const { file } = killSwitch;
  // The file halts, neither less nor more.
  const done = mode === 'halted';
  const more = done ? '' : ` It halts; for ${mode} say so again when risk answers.`;
  const said =
    json === true
      ? JSON.stringify({
          ...{ halted: true, mode: 'halted', reason: killSwitch.reason(), actor },
          killSwitchFile: file,
        })
      : `${why}${pc.red('The kill switch is on')}: ${file}${more}`;
  process.stdout.write(`${said}\n`);
  return done ? EXIT.ok : EXIT.failed;
}

/** Says how risk stands now, which may be as somebody else has said before or since. */
async function tellHalted(risk: RiskClient, json: true | undefined): Promise<HaltMode | undefined> {
  const status = await risk.GetRiskStatus({}, CALL);
  const mode = haltModeOf(status);
  const said = json === true ? JSON.stringify(documentOf(status)) : sentencesOf(status).join('\n');
  process.stdout.write(`${said}\n`);
  return mode;
}

function documentOf(status: RiskStatus) {
  const { halted, haltReason: reason, haltedBy: actor, haltedAtUs } = status;
  const { resumeActors, resumePersons } = status;
  const changes = status.changes.map((one) => {
    return { ...one, mode: haltModeFromWire('mode', one.mode) };
  });
  const mode = haltModeOf(status) ?? null;
  return { halted, mode, reason, actor, haltedAtUs, changes, resumeActors, resumePersons };
}

function sentencesOf(status: RiskStatus): readonly string[] {
  const { haltReason, haltedBy, haltedAtUs, resumeActors, resumePersons } = status;
  const mode = haltModeOf(status);
  if (mode === undefined) return [pc.green('Trading is not halted.')];
  const first = { actor: haltedBy, reason: haltReason, atUs: haltedAtUs };
  const steps = [first, ...status.changes].toReversed();
  const said = steps.map(({ actor, reason }) => `by ${plainText(actor)}: ${plainText(reason)}`);
  const before = said.slice(1).map((words, index) => {
    return `  before ${words}, ${dateAndTime(steps[index + 1]?.atUs ?? 0)} UTC`;
  });
  const taken = takenIn(mode);
  const missing = resumePersons - resumeActors.length;
  const asked = resumeActors.map(plainText).join(', ');
  return [
    `Trading is ${haltBadge(mode)} ${said[0]}`,
    ...before,
    `${taken.charAt(0).toUpperCase()}${taken.slice(1)}.`,
    ...(resumeActors.length === 0 ? [] : [`${asked} would resume; ${missing} more must say so.`]),
  ];
}
