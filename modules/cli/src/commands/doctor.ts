import { EXIT } from '@ats/runtime';
import pc from 'picocolors';
import { type ConfigFlags, parseWhole } from '../app/configuration.ts';
import { engineChecks } from '../doctor/engines.ts';
import { type Check, type Finding, ok, problem, runChecks, warning } from '../doctor/findings.ts';
import { folderChecks, nodeCheck, portChecks } from '../doctor/machine.ts';
import { certificateChecks, masterKeyCheck } from '../doctor/secrets.ts';
import { clockChecks, keyChecks } from '../doctor/venues.ts';
import { lookAt, plainSecrets } from './config.ts';

export interface DoctorOptions extends ConfigFlags {
  readonly summary?: 'json';
  readonly json?: true;
}

/** Looks at all that a run needs. @returns 0, or 1 when something would stop trading */
export async function doctor(options: DoctorOptions): Promise<number> {
  const { loaded, problems } = lookAt(options);
  const findings: Finding[] = problems.map((one) => {
    return problem('config', one, 'Correct it; "ats config explain KEY" says what a key takes.');
  });
  let checks: readonly Check[] = [nodeCheck];
  if (loaded !== undefined && problems.length === 0) {
    const shared = parseWhole(loaded);
    const configuration = { loaded, shared };
    const venues = Object.values(shared.venues).filter(({ enabled }) => enabled).length;
    findings.push(
      ok('config', `profile ${shared.profile}, mode ${shared.mode}, ${venues} venues`),
      ...plainSecrets(loaded).map((hint) => {
        return warning('config', hint.text, `Run "ats config encrypt ${hint.key}".`);
      }),
    );
    checks = [
      nodeCheck,
      ...folderChecks(configuration),
      ...portChecks(configuration),
      ...engineChecks(configuration),
      ...clockChecks(configuration),
      ...keyChecks(configuration),
      masterKeyCheck(configuration),
      ...certificateChecks(configuration),
    ];
  }
  findings.push(...(await runChecks(checks)));
  const failed = findings.some(({ state }) => state === 'problem');
  const json = options.json || options.summary === 'json';
  const text = json ? JSON.stringify({ ok: !failed, findings }) : describe(findings);
  process.stdout.write(`${text}\n`);
  return failed ? EXIT.failed : EXIT.ok;
}

const MARKS = {
  ok: pc.green('ok     '),
  warning: pc.yellow('warning'),
  problem: pc.red('problem'),
} as const;

function describe(findings: readonly Finding[]): string {
  const lines = findings.map(({ state, check, detail, remedy }) => {
    const more = remedy === undefined ? '' : `\n           ${pc.dim(remedy)}`;
    return `${MARKS[state]}  ${pc.bold(check)}: ${detail.replaceAll('\n', '\n           ')}${more}`;
  });
  const count = (state: Finding['state']) => findings.filter((one) => one.state === state).length;
  const problems = count('problem');
  const end =
    problems === 0
      ? `Nothing stands in the way; ${count('warning')} warnings.`
      : `${problems} of these would stop trading.`;
  return [...lines, end].join('\n');
}
