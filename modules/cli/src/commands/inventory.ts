import { INVENTORY_SERVICE, type WireMessages } from '@ats/contracts';
import { Decimal } from '@ats/domain';
import { EXIT } from '@ats/runtime';
import pc from 'picocolors';
import type { ConfigFlags } from '../app/configuration.ts';
import { ANSWER_DEADLINE_MS, withRunningService } from '../app/running-system.ts';
import { amount, count, lasting, plainText, sensible } from '../view/format.ts';
import { type Align, table } from '../view/table.ts';

export interface InventoryOptions extends ConfigFlags {
  readonly account?: string;
  readonly venue?: string;
  readonly asset?: string;
  readonly json?: true;
}

type Runways = WireMessages['ats.inventory.v1.GetRunwayResponse'];
type Runway = WireMessages['ats.inventory.v1.Runway'];
type Plan = WireMessages['ats.inventory.v1.GetRebalancePlanResponse'];
type Step = WireMessages['ats.inventory.v1.PlanStep'];
type PlanOption = WireMessages['ats.inventory.v1.PlanOption'];

const CALL = { deadlineMs: ANSWER_DEADLINE_MS };

const LEVELS: Readonly<Record<Runway['level'], string>> = {
  RUNWAY_LEVEL_UNSPECIFIED: '',
  RUNWAY_LEVEL_UNKNOWN: pc.dim('unknown'),
  RUNWAY_LEVEL_EMPTY: pc.red('empty'),
  RUNWAY_LEVEL_LOW: pc.yellow('low'),
  RUNWAY_LEVEL_FINE: 'fine',
  RUNWAY_LEVEL_GROWING: pc.green('growing'),
};

const CONFIDENCE: Readonly<Record<Runway['confidence'], string>> = {
  FLOW_CONFIDENCE_UNSPECIFIED: '',
  FLOW_CONFIDENCE_UNKNOWN: pc.dim('too few'),
  FLOW_CONFIDENCE_LOW: 'low',
  FLOW_CONFIDENCE_GOOD: 'good',
};

const KINDS: Readonly<Record<PlanOption['kind'], string>> = {
  PLAN_OPTION_KIND_UNSPECIFIED: '',
  PLAN_OPTION_KIND_WAIT: 'wait',
  PLAN_OPTION_KIND_REVERSE_ARBITRAGE: 'reverse arbitrage',
  PLAN_OPTION_KIND_TRANSFER: 'transfer',
};

const asked = ({ account = '', venue = '', asset = '' }: InventoryOptions) => {
  return { accountId: account, venue, asset };
};

/** Shows how long assets last. */
export async function inventory(options: InventoryOptions): Promise<number> {
  const target = { flags: options, service: INVENTORY_SERVICE };
  const found = await withRunningService(target, (client) =>
    client.GetRunway(asked(options), CALL),
  );
  print(options.json === true ? JSON.stringify(found) : runwaysText(found));
  return EXIT.ok;
}

/** Compares ways to bring back what runs dry. */
export async function inventoryPlan(options: InventoryOptions): Promise<number> {
  const target = { flags: options, service: INVENTORY_SERVICE };
  const plan = await withRunningService(target, (client) =>
    client.GetRebalancePlan(asked(options), CALL),
  );
  print(options.json === true ? JSON.stringify(plan) : planText(plan));
  return EXIT.ok;
}

type Column<Row> = readonly [head: string, align: Align, cell: (row: Row) => string];

const drawn = <Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string =>
  table(
    columns.map(([head]) => head),
    columns.map(([, align]) => align),
    rows.map((row) => columns.map(([, , cell]) => cell(row))),
  );

const rate = (perHour: number): string => sensible(Decimal.parse(perHour.toFixed(8)));

/** With a question mark where which way it goes may be chance. */
const levelText = ({ level, dry }: Runway): string =>
  level === 'RUNWAY_LEVEL_LOW' && !dry ? 'low?' : LEVELS[level];

function runwaysText({ runways, numeraire, warnHours }: Runways): string {
  if (runways.length === 0) return 'Nothing is there: no account has had such money yet.';
  const accounts = new Set(runways.map(({ accountId }) => accountId));
  const columns: readonly Column<Runway>[] = [
    ...(accounts.size > 1 ? [['account', 'left', (one) => one.accountId] as Column<Runway>] : []),
    ['asset', 'left', ({ asset }) => asset],
    ['venue', 'left', ({ venue }) => venue],
    ['available', 'right', ({ available }) => sensible(Decimal.parse(available))],
    ['reserved', 'right', ({ reserved }) => sensible(Decimal.parse(reserved))],
    [numeraire, 'right', ({ value }) => (value === '' ? '' : amount(Decimal.parse(value), 0))],
    ['in/h', 'right', ({ inPerHour }) => rate(inPerHour)],
    ['out/h', 'right', ({ outPerHour }) => rate(outPerHour)],
    ['empty in', 'right', ({ secondsToEmpty }) => lasting(secondsToEmpty)],
    ['level', 'left', levelText],
    ['fills', 'right', ({ fills }) => count(fills)],
    ['trust', 'left', ({ confidence }) => CONFIDENCE[confidence]],
  ];
  const dry = runways.filter((one) => one.dry).length;
  const perhaps = runways.filter(({ level }) => level === 'RUNWAY_LEVEL_LOW').length;
  const all = `of ${runways.length}`;
  const said =
    dry > 0
      ? pc.yellow(`${dry} ${all} run dry within ${warnHours} h: see ats inventory plan`)
      : perhaps > 0
        ? `Nothing surely runs dry within ${warnHours} h; ${perhaps} ${all} may.`
        : pc.green(`All that is traded lasts ${warnHours} h or more.`);
  return [drawn(columns, runways), '', said].join('\n');
}

function planText({ steps, numeraire, horizonHours }: Plan): string {
  if (steps.length === 0) return pc.green('Nothing runs dry.');
  const money = (text: string): string => amount(Decimal.parse(text), 2);
  const parts = steps.map((step) => stepText(step, numeraire, money));
  const note = `Looks ${horizonHours} h ahead, costs in ${numeraire}. Nothing is traded or sent.`;
  return [...parts, pc.dim(note)].join('\n\n');
}

function stepText(step: Step, numeraire: string, money: (text: string) => string): string {
  const { runway, options, recommended } = step;
  if (runway === null) return '';
  const sized = (text: string): string => sensible(Decimal.parse(text));
  const able =
    (cell: (option: PlanOption) => string) =>
    (option: PlanOption): string =>
      option.possible ? cell(option) : '';
  const columns: readonly Column<PlanOption>[] = [
    ['', 'left', ({ kind }) => (kind === recommended ? pc.green('▶') : ' ')],
    ['option', 'left', ({ kind }) => KINDS[kind]],
    ['gets', 'right', able((one) => sized(one.amount))],
    ['from', 'left', able((one) => one.fromVenue)],
    ['cost', 'right', able((one) => money(one.cost))],
    ['bps', 'right', able(({ costBps }) => (costBps === '' ? '' : money(costBps)))],
    ['missed', 'right', able((one) => money(one.missed))],
    ['done in', 'right', able((one) => (one.seconds === 0 ? 'now' : lasting(one.seconds)))],
    ['lasts then', 'right', able((one) => lasting(one.toSeconds))],
    ['giver lasts', 'right', able((one) => (one.fromVenue === '' ? '' : lasting(one.fromSeconds)))],
    ['in time', 'left', able((one) => (one.inTime ? pc.green('yes') : pc.red('no')))],
  ];
  const { asset, venue, available, secondsToEmpty, level } = runway;
  const state =
    level === 'RUNWAY_LEVEL_EMPTY'
      ? pc.red('empty')
      : pc.yellow(`lasts ${lasting(secondsToEmpty)}`);
  const has = `${sized(available)} there, ${sized(step.wanted)} wanted`;
  const earns = `its trades earn ${money(step.profitPerHour)} ${numeraire} an hour`;
  const details = options
    .filter(({ kind, possible }) => !possible || kind === recommended)
    .map(({ kind, detail }) => `  ${pc.dim(`${KINDS[kind]}:`)} ${plainText(detail)}`);
  return [
    `${pc.bold(`${asset} at ${venue}`)}: ${state}; ${has}; ${earns}`,
    drawn(columns, options),
    ...details,
    `  ${plainText(step.why)}`,
  ].join('\n');
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
