import { RISK_SERVICE, type WireMessages } from '@ats/contracts';
import { Decimal } from '@ats/domain';
import { EXIT } from '@ats/runtime';
import pc from 'picocolors';
import type { ConfigFlags } from '../app/configuration.ts';
import { ANSWER_DEADLINE_MS, withRunningService } from '../app/running-system.ts';
import { table } from '../view/table.ts';

export interface PositionsOptions extends ConfigFlags {
  readonly account?: string;
  readonly venue?: string;
  readonly instrument?: string;
  readonly json?: true;
}

type Position = WireMessages['ats.risk.v1.Position'];
type Profit = WireMessages['ats.risk.v1.GetPnLResponse'];

const CALL = { deadlineMs: ANSWER_DEADLINE_MS };
const PLACE = ['account', 'venue', 'instrument'] as const;
const HEAD = [...PLACE, 'quantity', 'average', 'mark', 'realised', 'unrealised', 'fees'] as const;
const DIGITS = 6;

/** Shows positions and profit of record. @returns 0 when profit equals the ledger, else 1 */
export async function positions(options: PositionsOptions): Promise<number> {
  const { account = '', venue = '', instrument = '', json } = options;
  const target = { flags: options, service: RISK_SERVICE };
  const [found, profit] = await withRunningService(target, async (risk) => {
    const asked = { accountId: account, venue, instrument };
    const answer = await risk.GetPositions(asked, CALL);
    const curve = { curvePointsMax: 0, curveWindow: '' };
    const groupBy = 'PROFIT_GROUPING_UNSPECIFIED';
    const wanted = { ...asked, ...curve, groupBy } as const;
    return [answer.positions, await risk.GetPnL(wanted, CALL)] as const;
  });
  const said =
    json === true
      ? JSON.stringify({ ok: profit.agrees, positions: found, ...inMoney(profit) })
      : [...tablesOf(found, profit), agreement(profit)].join('\n');
  process.stdout.write(`${said}\n`);
  return profit.agrees ? EXIT.ok : EXIT.failed;
}

function tablesOf(found: readonly Position[], profit: Profit): readonly string[] {
  if (found.length === 0) return ['No positions: nothing has filled.'];
  const places = found.map((one) => {
    const fees = Object.entries(one.fees).map(([asset, amount]) => `${shown(amount)} ${asset}`);
    const figures = [one.quantity, one.averagePrice, one.mark, one.realised, one.unrealised];
    return [one.accountId, one.venue, one.instrument, ...figures.map(shown), fees.join(', ')];
  });
  const net = profit.assets.map(({ asset, ledgerNet }) => [asset, ledgerNet]);
  return [
    table(
      HEAD,
      HEAD.map((_, column) => (column < 3 ? 'left' : 'right')),
      places,
    ),
    '',
    table(['asset', 'profit of record'], ['left', 'right'], net),
    '',
    ...windowsOf(profit),
  ];
}

const inMoney = ({ assets, agrees: _, ...rest }: Profit) => ({ profit: assets, ...rest });

/** Profit in the numeraire by window, how far it is below its peak, and what has no price. */
function windowsOf(profit: Profit): readonly string[] {
  const { windows, total, numeraire, timeZone, peak, drawdown, unmarked } = profit;
  const head = [`${numeraire}, ${timeZone}`, 'profit', 'realised', 'unrealised', 'fees', 'funding'];
  const rows = [
    ...windows.map((one) => ({ ...one, name: `this ${one.name}` })),
    { name: 'ever', figures: total },
  ];
  const figures = rows.flatMap(({ name, figures: one }) =>
    one === null
      ? []
      : [[name, ...[one.profit, one.realised, one.unrealised, one.fees, one.funding].map(shown)]],
  );
  const aligns = head.map((_, column) => (column === 0 ? 'left' : 'right'));
  return [
    table(head, aligns, figures),
    ...(peak === '' ? [] : [`Its peak was ${shown(peak)}; it is ${shown(drawdown)} below that.`]),
    ...unmarked.map((one) => pc.yellow(`${one}.`)),
    '',
  ];
}

/** Six digits, two of them at least after the point; all of them are in the JSON. */
function shown(text: string): string {
  if (text === '') return '';
  const amount = Decimal.parse(text);
  const whole = text.replace('-', '').split('.', 1)[0]?.length ?? 0;
  const scale = Math.max(2, DIGITS - whole);
  return amount.scale <= scale ? text : amount.round(scale, 'half-even').toString();
}

const agreement = ({ agrees }: Profit): string =>
  agrees
    ? pc.green('Positions and the ledger make the same profit, to the last digit.')
    : pc.red('Positions and the ledger do not make the same profit: see the alert.');
