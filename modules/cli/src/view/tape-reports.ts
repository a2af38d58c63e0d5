import type { KindReport, MarketGaps, Quantiles, TapeReport } from '@ats/backtest';
import { count, dateAndTime, span } from './format.ts';
import { type Align, table } from './table.ts';
import { badRowLines } from './tape-text.ts';

const HEAD = [
  ...['MARKET', 'KIND', 'ROWS', 'FROM (UTC)', 'UNTIL (UTC)', 'FIRST', 'LAST'],
  ...['ONE SIDE', 'CROSSED'],
];
const ALIGNS: readonly Align[] = [
  ...(['left', 'left', 'right', 'left', 'left', 'left', 'left'] as const),
  ...(['right', 'right'] as const),
];
const QUANTILE_HEAD = ['MARKET', 'KIND', 'OF', 'MEDIAN', '90%', '99%', 'MAX'];
const QUANTILE_ALIGNS: readonly Align[] = [
  ...(['left', 'left', 'left', 'right', 'right', 'right', 'right'] as const),
];

const nameOf = ({ market }: { market: { venue: string; instrument: string } }): string =>
  `${market.venue}:${market.instrument}`;

/** What a tape holds: a table of its markets, and one of their spreads, rates and sizes. */
export function inspectText(report: TapeReport): string {
  const reasons = report.badRows.reasons ?? {};
  const rows = report.markets.flatMap((one) =>
    one.kinds.map((kind) => [nameOf(one), kind] as const),
  );
  return [
    `${report.name}: ${count(report.rows)} rows`,
    ...badRowLines({
      ...report.badRows,
      first: [...report.badRows.first],
      reasons: { ...reasons },
    }),
    table(
      HEAD,
      ALIGNS,
      rows.map(([name, kind]) => kindRow(name, kind)),
    ),
    '',
    table(
      QUANTILE_HEAD,
      QUANTILE_ALIGNS,
      rows.flatMap(([name, kind]) => quantileRows(name, kind)),
    ),
  ].join('\n');
}

function kindRow(name: string, kind: KindReport): string[] {
  return [
    name,
    kind.kind,
    count(kind.rows),
    dateAndTime(kind.fromUs),
    dateAndTime(kind.untilUs),
    kind.first.join(' / ') || '-',
    kind.last.join(' / ') || '-',
    kind.kind === 'trade' ? '-' : count(kind.oneSided),
    kind.kind === 'trade' ? '-' : count(kind.crossed),
  ];
}

const plain = (value: number): string => (Number.isNaN(value) ? '-' : String(value));

function quantileRows(name: string, kind: KindReport): string[][] {
  const line = (what: string, values: Quantiles, show: (value: number) => string): string[] => [
    ...[name, kind.kind, what],
    ...[values.p50, values.p90, values.p99, values.max].map(show),
  ];
  return [
    ...(kind.spreadBps === undefined ? [] : [line('spread, bps', kind.spreadBps, plain)]),
    line('between rows', kind.intervalUs, span),
    line('size, base', kind.size, plain),
  ];
}

/** The longest silences of each market, and jumps of its venue's time. */
export function gapsText(gaps: readonly MarketGaps[], aboveUs: number): string {
  const summary = table(
    ['MARKET', 'ROWS', 'SILENCES', 'IN ALL', 'TIME FALLS BACK', 'BY', 'FROM THE FUTURE', 'BY'],
    ['left', 'right', 'right', 'right', 'right', 'right', 'right', 'right'],
    gaps.map((one) => [
      nameOf(one),
      count(one.rows),
      count(one.silences),
      span(one.silentUs),
      count(one.fallsBack),
      one.fallsBack === 0 ? '-' : span(one.fallsBackUsMax),
      count(one.fromFuture),
      one.fromFuture === 0 ? '-' : span(one.fromFutureUsMax),
    ]),
  );
  const silences = gaps.flatMap((one) => one.longest.map((silence) => ({ one, silence })));
  if (silences.length === 0) return `${summary}\n\nno silence above ${span(aboveUs)}`;
  const longest = table(
    ['MARKET', 'SILENT', 'FROM (UTC)', 'UNTIL (UTC)'],
    ['left', 'right', 'left', 'left'],
    silences.map(({ one, silence }) => [
      nameOf(one),
      span(silence.untilUs - silence.fromUs),
      dateAndTime(silence.fromUs),
      dateAndTime(silence.untilUs),
    ]),
  );
  return `${summary}\n\n${longest}`;
}
