import {
  type ComparedFill,
  count,
  dateAndTime,
  FILL_KINDS,
  type FillKind,
  type ParityReport,
  span,
} from '@ats/backtest';
import type { Decimal } from '@ats/domain';
import pc from 'picocolors';
import { plainText } from './format.ts';
import { table } from './table.ts';

const SHOWN_MAX = 20;

const WORDS: Readonly<Record<FillKind, string>> = {
  equal: 'equal',
  'other-price': 'other price',
  'other-size': 'other size',
  'other-fee': 'other fee',
  'other-time': 'other time',
  'only-live': 'only live',
  'only-backtest': 'only backtest',
};

export const latencyFile = (venue: string): string => `latency-${venue}.txt`;

/** Whether every fill, and every sum of money, is the same on both sides. */
export function isEqual({ counts, profit, fills }: ParityReport): boolean {
  return (
    counts.equal === fills.length && profit.assets.every(({ difference }) => difference.isZero())
  );
}

/** The verdict, what differs and why, profit by asset, latencies. */
export function parityText(report: ParityReport): string {
  const parts = [
    headText(report),
    fillsText(report),
    ...(report.first === undefined ? [] : [differencesText(report.fills)]),
    ...(report.verdicts.length === 0 ? [] : [verdictsText(report)]),
    profitText(report),
    latencyText(report),
    ...report.warnings.map((warning) => `${pc.yellow('note')} ${plainText(warning)}`),
  ];
  return parts.join('\n\n');
}

function headText(report: ParityReport): string {
  const { startedAtUs, durationMs, orders, fills, profit } = report;
  const all = fills.length;
  const different = all - report.counts.equal;
  const verdict = isEqual(report)
    ? pc.green(`All ${count(all)} fills are identical; the profit differs by 0.`)
    : pc.red(
        `${count(different)} of ${count(all)} fills differ; the profit differs by ` +
          `${profit.difference} ${profit.numeraire}.`,
      );
  const { live, backtest, equal } = orders;
  return [
    `${plainText(report.session)}: ${span(durationMs * 1000)} from ${dateAndTime(startedAtUs)} UTC`,
    verdict,
    pc.dim(`Orders: ${count(live)} live, ${count(backtest)} backtest, ${count(equal)} in both.`),
  ].join('\n');
}

function fillsText({ counts, fills }: ParityReport): string {
  const rows = FILL_KINDS.map((kind) => {
    const share = fills.length === 0 ? '' : `${((100 * counts[kind]) / fills.length).toFixed(2)} %`;
    return [WORDS[kind], count(counts[kind]), share];
  });
  return table(['FILLS', 'COUNT', 'SHARE'], ['left', 'right', 'right'], rows);
}

/** The first of those that differ, in the order of their sending. */
function differencesText(fills: readonly ComparedFill[]): string {
  const different = fills
    .filter(({ kind }) => kind !== 'equal')
    .toSorted((one, other) => one.sentAtUs - other.sentAtUs);
  const side = (fill: ComparedFill['live']): string =>
    fill === undefined ? '-' : `${fill.quantity} at ${fill.price}, fee ${fill.fee}`;
  const rows = different
    .slice(0, SHOWN_MAX)
    .map((fill) => [
      dateAndTime(fill.sentAtUs),
      plainText(`${fill.venue} ${fill.instrument} ${fill.side}`),
      WORDS[fill.kind],
      side(fill.live),
      side(fill.backtest),
      `${fill.cause}: ${fill.why}`,
    ]);
  const left = ['left', 'left', 'left', 'left', 'left', 'left'] as const;
  const head = ['SENT, UTC', 'MARKET', 'KIND', 'LIVE', 'BACKTEST', 'CAUSE'];
  const more = different.length - rows.length;
  const rest = more > 0 ? `\n${pc.dim(`and ${count(more)} more: --json has all`)}` : '';
  return `${table(head, left, rows)}${rest}`;
}

function verdictsText({ verdicts }: ParityReport): string {
  const rows = verdicts
    .slice(0, SHOWN_MAX)
    .map(({ opportunityId, live, backtest }) => [opportunityId, live, backtest]);
  return table(['RISK DECIDED OTHERWISE', 'LIVE', 'BACKTEST'], ['left', 'left', 'left'], rows);
}

function profitText({ profit }: ParityReport): string {
  const row = (name: string, sums: { live: Decimal; backtest: Decimal; difference: Decimal }) => [
    name,
    String(sums.live),
    String(sums.backtest),
    sums.difference.isZero() ? pc.green('0') : pc.red(String(sums.difference)),
  ];
  const rows = profit.assets.map((one) => row(one.asset, one));
  const all = row(`all, in ${profit.numeraire}`, profit);
  const head = ['NET OF FILLS', 'LIVE', 'BACKTEST', 'DIFFERENCE'];
  return table(head, ['left', 'right', 'right', 'right'], [...rows, all]);
}

function latencyText({ latency, session }: ParityReport): string {
  const rows = latency.map(({ venue, count: samples, medianMs, sigma, arrivalsKnown }) => [
    plainText(venue),
    count(samples),
    `lognormal:${medianMs.toFixed(2)}:${sigma.toFixed(2)}`,
    plainText(`empirical:${session}/${latencyFile(venue)}`),
    arrivalsKnown ? '' : 'half of there and back',
  ]);
  const head = ['LATENCY, ONE WAY', 'SAMPLES', 'FITTED', 'MEASURED', ''];
  return table(head, ['left', 'right', 'left', 'left', 'left'], rows);
}
