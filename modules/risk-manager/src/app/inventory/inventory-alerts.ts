import { type Alert, makeAlert } from '@ats/domain';
import { amountText, moneyText } from '../../domain/figure-text.ts';
import { estimate } from '../../domain/inventory/estimate.ts';
import type { PlanOption } from '../../domain/inventory/option.ts';
import type { PlanStep } from '../../domain/inventory/plan.ts';
import { netOut, type Runway } from '../../domain/inventory/runway.ts';

const RUNBOOK = 'inventory-low';
const RATE_SCALE = 6;

const inventoryAlertKey = ({ venue, asset }: Pick<Runway, 'venue' | 'asset'>): string =>
  `inventory.runway:${venue}:${asset}`;

/** Hours as a person says them; finite ones only. */
const hoursText = (hours: number): string =>
  hours < 2 ? `${Math.max(1, Math.round(hours * 60))} min` : `${hours.toFixed(1)} h`;

/** An asset runs out, or has. @param told `step` is what can be done; absent if nobody could say */
export function dryAlert(told: {
  readonly runway: Runway;
  readonly step: PlanStep | undefined;
  readonly numeraire: string;
  readonly nowUs: number;
}): Alert {
  const { runway, step, numeraire, nowUs } = told;
  const { accountId, venue, asset, available, least, flow, hours, level } = runway;
  const perHour = estimate(Number(netOut(flow).toPrecision(3)), RATE_SCALE);
  const going = `${amountText(perHour)} ${asset} an hour`;
  const left = amountText(available);
  const summary =
    level === 'empty'
      ? `${asset} at ${venue} is used up: ${left} left, a trade takes ${amountText(least)}.`
      : `${asset} at ${venue} lasts ${hoursText(hours)}: ${left} is left, ${going} go.`;
  const option = step?.options.find(({ kind }) => kind === step.recommended);
  return makeAlert({
    key: inventoryAlertKey(runway),
    severity: 'warning',
    area: 'risk',
    summary,
    remedy:
      `${option === undefined ? (step?.why ?? '') : recommended(option, numeraire)} ${HOW}`.trim(),
    runbook: RUNBOOK,
    facts: {
      account: accountId,
      available: available.toString(),
      least: least.toString(),
      outPerHour: flow.outPerHour.toPrecision(6),
      inPerHour: flow.inPerHour.toPrecision(6),
      recommended: step?.recommended ?? 'none',
    },
    venue,
    raisedAtUs: nowUs,
  });
}

const HOW = 'See "ats inventory plan".';

/** What doing it costs, and apart from it what trades are taken not to earn until it has helped. */
function recommended(option: PlanOption, numeraire: string): string {
  const { kind, cost, missed, detail, hours } = option;
  const when = hours === 0 ? 'at once' : `done in ${hoursText(hours)}`;
  const price = cost.isNegative()
    ? `it earns ${moneyText(cost.negate())} ${numeraire}`
    : `it costs ${moneyText(cost)} ${numeraire}`;
  const words = kind.replace('-', ' ');
  const lost = missed.isPositive()
    ? ` Trades that cannot be made even so would earn about ${moneyText(missed)} ${numeraire}.`
    : '';
  return `Recommended is ${words}: ${price}, ${when}. ${detail}${lost}`;
}

/** It lasts again. */
export function recoveredAlert(told: {
  readonly runway: Runway;
  readonly raisedAtUs: number;
  readonly nowUs: number;
}): Alert {
  const { runway, raisedAtUs, nowUs } = told;
  const { venue, asset, available, hours } = runway;
  const lasts = Number.isFinite(hours) ? `lasts ${hoursText(hours)}` : 'does not shrink';
  return makeAlert({
    key: inventoryAlertKey(runway),
    severity: 'info',
    area: 'risk',
    summary: `${asset} at ${venue} ${lasts} again: ${amountText(available)} is there.`,
    runbook: RUNBOOK,
    facts: { account: runway.accountId, available: available.toString() },
    venue,
    raisedAtUs,
    resolvedAtUs: nowUs,
  });
}
