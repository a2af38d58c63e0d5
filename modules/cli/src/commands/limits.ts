import { RISK_SERVICE, type WireMessages, type WireServices } from '@ats/contracts';
import { Decimal } from '@ats/domain';
import { EXIT, type RpcClient } from '@ats/runtime';
import pc from 'picocolors';
import type { ConfigFlags } from '../app/configuration.ts';
import { ANSWER_DEADLINE_MS, withRunningService } from '../app/running-system.ts';
import { dateAndTime, plainText, sensible } from '../view/format.ts';
import { table } from '../view/table.ts';

export interface LimitsOptions extends ConfigFlags {
  /** Also limits without figures. */
  readonly all?: true;
  readonly json?: true;
}

interface ChangeOptions extends ConfigFlags {
  readonly actor: string;
  readonly reason: string;
  readonly of?: string;
  readonly json?: true;
}

export interface SetLimitOptions extends ChangeOptions {
  readonly warn?: string;
  readonly max?: string;
  readonly onBreach?: 'refuse' | 'reducing' | 'halted' | 'flatten';
}

export interface ResetLimitOptions extends ChangeOptions {
  /** Every limit that was changed. */
  readonly all?: true;
}

type Limit = WireMessages['ats.risk.v1.RiskLimit'];
type Change = WireMessages['ats.risk.v1.RiskLimitChange'];
type RiskClient = RpcClient<WireServices['ats.risk.v1.RiskService']>;

const CALL = { deadlineMs: ANSWER_DEADLINE_MS };
const BAR_WIDTH = 10;
const HEAD = ['limit', 'of', 'use', '', 'now', 'warn', 'max', 'unit', 'on breach', 'changed'];
const RIGHT = new Set([3, 4, 5, 6]);

/** Shows every limit and what it stands at. @returns 1 while one is breached, else 0 */
export async function limits(options: LimitsOptions): Promise<number> {
  return withRunningService({ flags: options, service: RISK_SERVICE }, async (risk) => {
    const found = await risk.GetRiskLimits({ name: '' }, CALL);
    const isBreached = ({ level }: Limit): boolean => level === 'LIMIT_LEVEL_BREACH';
    const ok = !found.limits.some(isBreached);
    const shown = found.limits.filter(
      ({ warn, max, value }) => options.all === true || warn !== '' || max !== '' || value !== '',
    );
    const { version, numeraire } = found;
    const said =
      options.json === true
        ? JSON.stringify({ ok, version, numeraire, limits: found.limits })
        : `${tableOf(shown, numeraire)}\n\n${verdict(found.limits.filter(isBreached))}`;
    process.stdout.write(`${said}\n`);
    return ok ? EXIT.ok : EXIT.failed;
  });
}

/** Changes one limit, for good and at once. @returns the exit code */
export async function setLimit(name: string, options: SetLimitOptions): Promise<number> {
  const { of = '', warn = '', max = '', onBreach } = options;
  const change: Change = {
    ...{ name, of, warn, max, reset: false },
    onBreach:
      onBreach === undefined ? 'BREACH_ACTION_UNSPECIFIED' : `BREACH_ACTION_${upper(onBreach)}`,
  };
  return withRunningService({ flags: options, service: RISK_SERVICE }, async (risk) => {
    const { version } = await risk.GetRiskLimits({ name }, CALL);
    return update(risk, [change], { ...options, expectedVersion: version });
  });
}

/** Puts limits back to what the configuration says. @returns the exit code */
export async function resetLimit(
  name: string | undefined,
  options: ResetLimitOptions,
): Promise<number> {
  return withRunningService({ flags: options, service: RISK_SERVICE }, async (risk) => {
    const { version, limits: found } = await risk.GetRiskLimits({ name: '' }, CALL);
    const reset = (one: Pick<Limit, 'name' | 'of'>): Change => ({
      ...{ name: one.name, of: one.of, warn: '', max: '', reset: true },
      onBreach: 'BREACH_ACTION_UNSPECIFIED',
    });
    const changes =
      name === undefined
        ? found.filter(({ changedBy }) => changedBy !== '').map(reset)
        : [reset({ name, of: options.of ?? '' })];
    if (changes.length === 0) {
      process.stdout.write('No limit was changed: all are as the configuration says.\n');
      return EXIT.ok;
    }
    return update(risk, changes, { ...options, expectedVersion: version });
  });
}

const upper = <Name extends string>(name: Name) => name.toUpperCase() as Uppercase<Name>;

async function update(
  risk: RiskClient,
  changes: Change[],
  by: ChangeOptions & { readonly expectedVersion: number },
): Promise<number> {
  const { actor, reason, expectedVersion, json } = by;
  const after = await risk.UpdateRiskLimits({ changes, actor, reason, expectedVersion }, CALL);
  const words = after.limits.map((one) => {
    const { warn, max } = one;
    const figures = `warn ${warn || 'none'}, max ${max || 'none'}, on breach ${action(one)}`;
    return `${pc.bold(idOf(one))} is now: ${figures}.`;
  });
  process.stdout.write(`${json === true ? JSON.stringify(after) : words.join('\n')}\n`);
  return EXIT.ok;
}

const idOf = ({ name, of }: Limit): string => plainText(of === '' ? name : `${name} of ${of}`);

const action = ({ onBreach }: Limit): string =>
  onBreach.slice('BREACH_ACTION_'.length).toLowerCase();

function colour({ level }: Limit): (text: string) => string {
  if (level === 'LIMIT_LEVEL_BREACH') return pc.red;
  return level === 'LIMIT_LEVEL_WARN' ? pc.yellow : pc.green;
}

/** How much of a limit is used; of a warning where there is no limit. */
function useOf({ value, warn, max }: Limit): number | undefined {
  const most = Number(max || warn);
  return value === '' || !(most > 0) ? undefined : Number(value) / most;
}

function bar(limit: Limit): string {
  const use = useOf(limit);
  if (use === undefined) return '';
  const full = Math.round(Math.min(Math.max(use, 0), 1) * BAR_WIDTH);
  return colour(limit)('█'.repeat(full)) + pc.dim('░'.repeat(BAR_WIDTH - full));
}

const figure = (text: string): string => (text === '' ? '' : sensible(Decimal.parse(text)));

function tableOf(found: readonly Limit[], numeraire: string): string {
  const rows = found.map((limit) => {
    const use = useOf(limit);
    const percent = use === undefined ? '' : `${Math.round(use * 100)} %`;
    const figures = [limit.value, limit.warn, limit.max].map(figure);
    const { changedBy, changedAtUs } = limit;
    const changed = changedBy === '' ? '' : `${plainText(changedBy)}, ${dateAndTime(changedAtUs)}`;
    const unit = limit.unit.replace('money', numeraire);
    const after = limit.max === '' ? '' : action(limit);
    return [limit.name, plainText(limit.of), bar(limit), percent, ...figures, unit, after, changed];
  });
  const aligns = HEAD.map((_, column) => (RIGHT.has(column) ? 'right' : 'left'));
  return table(HEAD, aligns, rows);
}

const verdict = (breached: readonly Limit[]): string =>
  breached.length === 0
    ? pc.green('No limit is breached.')
    : pc.red(`Breached: ${breached.map(idOf).join(', ')}.`);
