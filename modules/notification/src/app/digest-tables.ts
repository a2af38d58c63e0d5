import { Decimal, TRADE_ENDS } from '@ats/domain';
import type { DigestFigures } from '../domain/digest.ts';
import { type LimitUse, nearestLimits, type Untold, usedOf } from '../domain/standing.ts';
import type { TradeFigures } from '../domain/trade-figures.ts';
import { EDGE_STEPS, type EdgeTally, type TradeEdge } from '../domain/trade-tally.ts';
import { readableDuration } from '../domain/zoned-time.ts';
import type { BriefingContext, BriefingTable } from './briefing.ts';
import { amountText, bpsText, countText, leastText, NOTHING, percentText } from './figures.ts';

/** Limits that a digest names. */
const LIMITS_MAX = 5;
/** Assets and moneys that a digest names. */
const ROWS_MAX = 12;

/** The tables of a digest; one that cannot be filled says why. */
export function digestTables(
  digest: DigestFigures,
  context: BriefingContext,
): readonly BriefingTable[] {
  const { trades, standing } = digest;
  return [
    profitTable(trades, context),
    riskProfitTable(standing.profit, context),
    netTable(standing.net, context),
    outcomeTable(digest, context),
    edgeTable(trades, context),
    limitTable(standing.limits, context),
    alertTable(digest, context),
    openTable(digest, context),
  ].filter((table) => table.rows.length > 0 || table.note !== '');
}

/** Realised by trades, of the day and of longer windows, in each numeraire. */
function profitTable(trades: TradeFigures, { words, locale }: BriefingContext): BriefingTable {
  const { day, longer } = trades;
  const windows = [
    { name: words('digest.day'), tally: day },
    ...longer.map(({ days, tally }) => ({ name: words('digest.lastDays', { days }), tally })),
  ];
  const rows = windows.flatMap(({ name, tally }) => {
    const edges = Object.entries(tally.edges);
    if (edges.length === 0) return [[name, leastText(0, locale, trades.complete), NOTHING]];
    return edges.map(([numeraire, { trades: count, steps }]) => [
      name,
      leastText(count, locale, trades.complete),
      `${amountText(steps.realised, locale, 'signed')} ${numeraire}`,
    ]);
  });
  return {
    heading: words('digest.profitByTrades'),
    head: ['', words('digest.filled'), words('digest.realised')],
    ...{ rows, textColumns: 1, note: '' },
  };
}

/** Why a figure cannot be had, to be followed by a full stop. */
const whyOf = ({ why }: Untold): string => why.replace(/\.$/, '');

const missing = (told: Untold, { words }: BriefingContext): string =>
  words('digest.missing', { why: whyOf(told) });

function riskProfitTable(
  profit: DigestFigures['standing']['profit'],
  context: BriefingContext,
): BriefingTable {
  const { words, locale } = context;
  const common = { heading: words('digest.profitOfRecord'), textColumns: 1 };
  if (profit.kind === 'untold') {
    return { ...common, head: [], rows: [], note: missing(profit, context) };
  }
  const { numeraire, windows, peak, drawdown } = profit.value;
  const amount = (text: string): string => amountText(text, locale, 'signed');
  return {
    ...common,
    head: [
      numeraire,
      ...(['profitShort', 'realised', 'unrealised', 'fees'] as const).map((one) =>
        words(`digest.${one}`),
      ),
    ],
    rows: windows.map(({ name, ...figures }) => [
      words(`digest.${name}Window`),
      ...[figures.profit, figures.realised, figures.unrealised].map(amount),
      amountText(figures.fees, locale, 'plain'),
    ]),
    note: words('digest.drawdown', {
      drawdown: `${amountText(drawdown, locale, 'plain')} ${numeraire}`,
      peak: `${amountText(peak, locale, 'plain')} ${numeraire}`,
    }),
  };
}

function netTable(net: DigestFigures['standing']['net'], context: BriefingContext): BriefingTable {
  const { words, locale } = context;
  const common = { heading: words('digest.net'), textColumns: 1 };
  if (net.kind === 'untold') {
    return { ...common, head: [], rows: [], note: missing(net, context) };
  }
  const { assets, agrees } = net.value;
  return {
    ...common,
    head: [words('digest.asset'), words('digest.left')],
    rows: assets
      .slice(0, ROWS_MAX)
      .map((one) => [one.asset, amountText(one.net, locale, 'signed')]),
    note: words(agrees ? 'digest.agrees' : 'digest.disagrees'),
  };
}

/** How trades of the day ended, and whether trading goes on. */
function outcomeTable(
  { trades, standing }: DigestFigures,
  context: BriefingContext,
): BriefingTable {
  const { words, locale } = context;
  const { outcomes, unhedgedUsdSeconds } = trades.day;
  const { halt, trading } = standing;
  const notes = [
    words('digest.unhedged', { amount: leastText(unhedgedUsdSeconds, locale, trades.complete) }),
    trading.kind === 'told'
      ? words(trading.value.trading ? 'digest.trading' : 'digest.notTrading', {
          count: trading.value.openTrades,
        })
      : words('digest.tradingMissing', { why: whyOf(trading) }),
    halt.kind === 'told'
      ? halt.value.halted
        ? words('digest.halted', { reason: halt.value.reason })
        : ''
      : words('digest.haltMissing', { why: whyOf(halt) }),
  ];
  return {
    heading: words('digest.outcomes'),
    head: [words('digest.outcome'), words('digest.count')],
    rows: TRADE_ENDS.filter((end) => (outcomes[end] ?? 0) > 0).map((end) => [
      words(`outcome.${end}`),
      countText(outcomes[end] ?? 0, locale),
    ]),
    textColumns: 1,
    note: notes.filter((note) => note !== '').join(' '),
  };
}

/** Quoted against realised: the best trade of the day, the worst, and all; where it went. */
function edgeTable({ day }: TradeFigures, { words, locale }: BriefingContext): BriefingTable {
  const amount = (text: string): string => amountText(text, locale, 'signed');
  const share = ({ realised, worth }: TradeEdge): string => {
    const value = Decimal.parse(worth).toNumber();
    return value === 0 ? NOTHING : bpsText(Decimal.parse(realised).toNumber() / value, locale);
  };
  const one = (name: string, edge: TradeEdge): string[] => [
    words(`digest.${name}`),
    [edge.base, edge.venues.join(' → ')].filter((part) => part !== '').join(', '),
    ...[amount(edge.quoted), amount(edge.realised), share(edge)],
  ];
  const rowsOf = ([numeraire, { trades, best, worst, steps }]: [string, EdgeTally]) => [
    one('best', best),
    ...(trades > 1 ? [one('worst', worst)] : []),
    [words('digest.all'), numeraire, amount(steps.quoted), amount(steps.realised), ''],
  ];
  const edges = Object.entries(day.edges).slice(0, ROWS_MAX);
  const went = edges.map(([numeraire, { steps }]) => {
    const told = EDGE_STEPS.map((step) => `${words(`step.${step}`)} ${amount(steps[step])}`);
    return `${numeraire}: ${told.join(', ')}.`;
  });
  return {
    heading: words('digest.edges'),
    head: [
      '',
      words('digest.trade'),
      words('digest.quoted'),
      words('digest.realised'),
      words('digest.share'),
    ],
    ...{ rows: edges.flatMap(rowsOf), textColumns: 2, note: went.join(' ') },
  };
}

function limitTable(
  limits: DigestFigures['standing']['limits'],
  context: BriefingContext,
): BriefingTable {
  const { words, locale } = context;
  const common = { heading: words('digest.limits'), textColumns: 1 };
  if (limits.kind === 'untold') {
    return { ...common, head: [], rows: [], note: missing(limits, context) };
  }
  const nearest = nearestLimits(limits.value, LIMITS_MAX);
  const figure = (text: string, { unit }: LimitUse): string =>
    `${countText(Decimal.parse(text).toNumber(), locale)} ${unit}`.trimEnd();
  return {
    ...common,
    head: [
      words('digest.limit'),
      ...['used', 'stands', 'most'].map((one) => words(`digest.${one}`)),
    ],
    rows: nearest.map((one) => [
      [one.name, one.of].filter((part) => part !== '').join(' '),
      percentText(usedOf(one), locale),
      figure(one.value, one),
      figure(one.max, one),
    ]),
    note: nearest.length === 0 ? words('digest.noLimits') : '',
  };
}

const SHOWN = ['emergency', 'critical', 'warning', 'info'] as const;

function alertTable({ alerts }: DigestFigures, { words, locale }: BriefingContext): BriefingTable {
  return {
    heading: words('digest.byArea'),
    head: [words('row.area'), ...SHOWN.map((one) => words(`severity.${one}`))],
    rows: alerts.raised.map(({ area, counts }) => [
      words(`area.${area}`),
      ...SHOWN.map((one) => countText(counts[one], locale)),
    ]),
    ...{ textColumns: 1, note: '' },
  };
}

function openTable({ alerts }: DigestFigures, { words, locale }: BriefingContext): BriefingTable {
  return {
    heading: words('digest.open', { count: alerts.openCount }),
    head: [words('digest.openFor'), words('digest.severity'), words('digest.condition')],
    rows: alerts.open.map(({ openUs, severity, summary }) => [
      readableDuration(openUs, locale),
      words(`severity.${severity}`),
      summary,
    ]),
    ...{ textColumns: 3, note: alerts.open.length === 0 ? words('digest.noneOpen') : '' },
  };
}
