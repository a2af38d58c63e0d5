import { Decimal } from '@ats/domain';
import type { DigestFigures } from '../domain/digest.ts';
import { nearestLimits, usedOf } from '../domain/standing.ts';
import type { Equity, TradeFigures } from '../domain/trade-figures.ts';
import { readableTime, timeOfDay } from '../domain/zoned-time.ts';
import type { Briefing, BriefingChart, BriefingContext, Highlight } from './briefing.ts';
import { chartOf, sparklineOf } from './digest-chart.ts';
import { digestTables } from './digest-tables.ts';
import { amountText, countText, leastText, NOTHING, percentText } from './figures.ts';

type DigestParts = Pick<Briefing, 'title' | 'intro' | 'highlights' | 'tables' | 'chart'>;

/** What a digest says: figures first, then a table for each thing that they come from. */
export function digestParts(digest: DigestFigures, context: BriefingContext): DigestParts {
  const { words, zone, locale } = context;
  const { trades, alerts } = digest;
  const span = {
    from: readableTime(digest.fromUs, zone, locale),
    to: readableTime(digest.toUs, zone, locale),
  };
  const { delivered, dead } = alerts;
  const incomplete = trades.complete ? '' : words('digest.incomplete');
  return {
    title: titleOf(digest, context),
    intro: [
      words('digest.intro', span),
      incomplete,
      words('digest.deliveries', { delivered, dead }),
    ]
      .filter((part) => part !== '')
      .join(' '),
    highlights: highlightsOf(digest, context),
    chart: trades.equity && equityChart(trades.equity, context),
    tables: digestTables(digest, context),
  };
}

const tradesEnded = ({ day }: TradeFigures): number =>
  Object.values(day.outcomes).reduce((sum, count) => sum + count, 0);

/** Profit of the day in each numeraire; empty where no trade had fills. */
function earnedOf({ day }: TradeFigures, { locale }: BriefingContext): string[] {
  return Object.entries(day.edges).map(
    ([numeraire, { steps }]) => `${amountText(steps.realised, locale, 'signed')} ${numeraire}`,
  );
}

function titleOf({ trades, alerts }: DigestFigures, context: BriefingContext): string {
  const { words } = context;
  const parts = [
    ...earnedOf(trades, context),
    words(trades.complete ? 'digest.trades' : 'digest.tradesAtLeast', {
      count: tradesEnded(trades),
    }),
    words('digest.openAlerts', { count: alerts.openCount }),
  ];
  return words('digest.title', { parts: parts.join(', ') });
}

function highlightsOf(digest: DigestFigures, context: BriefingContext): Highlight[] {
  const { words, locale } = context;
  const { trades, alerts, standing } = digest;
  const realised = Object.values(trades.day.edges).map(({ steps }) =>
    Decimal.parse(steps.realised),
  );
  const lost = realised.some((amount) => amount.isNegative());
  const won = !lost && realised.some((amount) => amount.isPositive());
  const [nearest] = standing.limits.kind === 'told' ? nearestLimits(standing.limits.value, 1) : [];
  const used = nearest === undefined ? undefined : usedOf(nearest);
  return [
    { ...profitOf(trades, context), mood: lost ? 'bad' : won ? 'good' : 'plain' },
    {
      label: words('digest.tradesEnded'),
      value: leastText(tradesEnded(trades), locale, trades.complete),
      mood: (trades.day.outcomes.EXPOSED ?? 0) > 0 ? 'bad' : 'plain',
    },
    {
      label: words('digest.riskUse'),
      value: used === undefined ? NOTHING : percentText(used, locale),
      mood: used !== undefined && used >= 1 ? 'bad' : 'plain',
    },
    {
      label: words('digest.alertsOpen'),
      value: countText(alerts.openCount, locale),
      mood: alerts.open.some(({ severity }) => severity === 'emergency' || severity === 'critical')
        ? 'bad'
        : 'plain',
    },
  ];
}

/** The unit stands with the label, unless there are several. */
function profitOf(trades: TradeFigures, context: BriefingContext): Omit<Highlight, 'mood'> {
  const { words, locale } = context;
  const [only, ...others] = Object.entries(trades.day.edges);
  if (only === undefined || others.length > 0) {
    return {
      label: words('digest.profit'),
      value: earnedOf(trades, context).join(', ') || NOTHING,
    };
  }
  const [numeraire, { steps }] = only;
  return {
    label: `${words('digest.profit')}, ${numeraire}`,
    value: amountText(steps.realised, locale, 'signed'),
  };
}

function equityChart(equity: Equity, { words, zone, locale }: BriefingContext): BriefingChart {
  const { numeraire, points } = equity;
  const earned = points.map((point) => point.earned);
  const amount = (value: number): string => amountText(plainText(value), locale, 'signed');
  const [first, last] = [points[0], points.at(-1)];
  const values = {
    numeraire,
    least: amount(Math.min(...earned)),
    most: amount(Math.max(...earned)),
    last: amount(last?.earned ?? 0),
  };
  return {
    heading: words('digest.chart', values),
    svg: chartOf(equity),
    sparkline: sparklineOf(equity),
    description: words('digest.chartSays', values),
    from: timeOfDay(first?.atUs ?? 0, zone),
    to: timeOfDay(last?.atUs ?? 0, zone),
    range: words('digest.range', values),
  };
}

/** A drawing's number as decimal text, without an exponent. */
const plainText = (value: number): string => Decimal.fromNumber(value).toString();
