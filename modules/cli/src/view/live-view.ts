import type { OpportunityRecord } from '@ats/domain';
import pc from 'picocolors';
import sliceAnsi from 'slice-ansi';
import { amount, count, signedBps, span, stopwatch, timeOfDay } from './format.ts';
import { takenIn } from './halt-words.ts';
import type { HaltShown, VenueRow, ViewSnapshot } from './snapshot.ts';
import { type Align, table } from './table.ts';
import { tradeLines, tradeTable } from './trade-view.ts';

/** Lines and columns the view may use. */
export interface Screen {
  readonly columns: number;
  readonly rows: number;
}

/** Draws one picture of the running engine, cut to the screen. Pure: the same in, the same out. */
export function renderView(snapshot: ViewSnapshot, screen: Screen): string {
  const top = [
    header(snapshot),
    ...haltBar(snapshot.halt, screen),
    '',
    venueTable(snapshot.venues),
    '',
    edgeMatrix(snapshot),
    '',
  ].join('\n');
  const bottom = [
    latencies(snapshot),
    '',
    ...snapshot.notices.map((notice) => pc.yellow(`! ${notice}`)),
    pc.dim(snapshot.hint),
  ].join('\n');
  const middle = ['', reasons(snapshot), '', ...tradeLines(snapshot.trades)];
  const fixed = [top, ...middle, bottom].join('\n').split('\n').length;
  // The heads of both tables, the lines between, and the last one, which stays free.
  const room = screen.rows - fixed - 4;
  const wide = screen.columns >= WIDE_COLUMNS;
  const tradeRows = Math.min(TRADE_ROWS_MAX, snapshot.trades.newest.length, Math.floor(room / 2));
  const trades = tradeRows < 1 ? [] : [tradeTable(snapshot.trades, { rows: tradeRows, wide })];
  const opportunityRows = Math.max(1, room - Math.max(0, tradeRows));
  const opportunities = opportunityTable(snapshot, { ...screen, rows: opportunityRows });
  return [top, opportunities, ...middle, ...trades, '', bottom]
    .join('\n')
    .split('\n')
    .slice(0, Math.max(1, screen.rows - 1))
    .map((line) => sliceAnsi(line, 0, screen.columns))
    .join('\n');
}

const TRADE_ROWS_MAX = 6;

function header(snapshot: ViewSnapshot): string {
  const mode = pc.bold(pc.inverse(` ${snapshot.mode.toUpperCase()} `));
  const live = snapshot.venues.reduce((sum, venue) => sum + venue.booksLive, 0);
  const total = snapshot.venues.reduce((sum, venue) => sum + venue.booksTotal, 0);
  const frames = snapshot.venues.reduce((sum, venue) => sum + venue.framesPerSecond, 0);
  const seed = snapshot.mode === 'sim' ? pc.dim(`seed ${snapshot.seed}`) : '';
  const { totals } = snapshot;
  return [
    `${pc.bold('ATS')} ${mode}`,
    seed,
    stopwatch(snapshot.elapsedMs),
    `${count(frames)} frames/s`,
    `${live}/${total} books live`,
    `${count(totals.total)} edges seen`,
    pc.bold(`${count(totals.approved)} approved`),
  ]
    .filter((part) => part !== '')
    .join('   ');
}

/** A bar over the whole screen: nobody should wonder why nothing trades. */
function haltBar(halt: HaltShown | undefined, { columns }: Screen): readonly string[] {
  if (halt === undefined) return [];
  const { mode, actor, reason } = halt;
  const text = ` ${mode.toUpperCase()}   ${takenIn(mode)}   (${actor}: ${reason})`;
  const colour = mode === 'reducing' ? pc.yellow : pc.red;
  const bar = text.slice(0, columns).padEnd(columns);
  return ['', pc.bold(pc.inverse(colour(bar)))];
}

function venueTable(venues: readonly VenueRow[]): string {
  const rows = venues.map((venue) => [
    pc.bold(venue.name),
    venue.state === 'live' ? pc.green(venue.state) : pc.yellow(venue.state),
    `${venue.booksLive}/${venue.booksTotal}`,
    venue.state === 'live' ? span(venue.ageMs * 1000) : pc.dim(span(venue.ageMs * 1000)),
    count(venue.framesPerSecond),
    count(venue.bookUpdatesPerSecond),
    venue.resyncs === 0 ? pc.dim('0') : count(venue.resyncs),
  ]);
  return table(
    ['VENUE', 'STATE', 'BOOKS', 'AGE', 'FRAMES/S', 'UPDATES/S', 'RESYNCS'],
    ['left', 'left', 'right', 'right', 'right', 'right', 'right'],
    rows,
  );
}

function edgeMatrix(snapshot: ViewSnapshot): string {
  const names = snapshot.venues.map(({ name }) => name);
  const rows = names.map((buy) => [
    pc.bold(buy),
    ...names.map((sell) => {
      const cell = snapshot.edges.find((edge) => edge.buy === buy && edge.sell === sell);
      if (cell === undefined || !Number.isFinite(cell.netBps)) return pc.dim('.');
      const text = `${cell.base} ${signedBps(cell.netBps).padStart(6)}`;
      if (cell.stale) return pc.dim(text);
      return cell.netBps > 0 ? pc.cyan(pc.bold(text)) : text;
    }),
  ]);
  return table(
    ['BUY ON \\ SELL ON, net bps', ...names],
    ['left', ...names.map((): Align => 'right')],
    rows,
  );
}

/** Below this width the size and how long an edge stood are left out. */
const WIDE_COLUMNS = 96;

function opportunityTable(snapshot: ViewSnapshot, screen: Screen): string {
  if (snapshot.opportunities.length === 0) {
    return pc.dim('No price difference has been seen yet; the first comes within seconds.');
  }
  const columns: readonly Column[] = [
    ['OPENED, UTC', 'left', ({ openedAtUs }) => pc.dim(timeOfDay(openedAtUs))],
    ['ASSET', 'left', ({ opportunity }) => opportunity.base],
    ['BUY > SELL', 'left', ({ opportunity: { buy, sell } }) => `${buy.venue} > ${sell.venue}`],
    ['SIZE', 'right', ({ opportunity }) => amount(opportunity.quantity, 4)],
    ['NET BPS', 'right', ({ opportunity }) => signedBps(opportunity.netEdgeBps)],
    ['NET PROFIT', 'right', ({ opportunity }) => profit(opportunity)],
    ['OUTCOME', 'left', reasonText],
    ['STOOD', 'right', (record) => stood(record, snapshot.nowUs)],
  ];
  const narrow = (name: string): boolean => name === 'SIZE' || name === 'STOOD';
  const shown = columns.filter(([name]) => screen.columns >= WIDE_COLUMNS || !narrow(name));
  return table(
    shown.map(([name]) => name),
    shown.map(([, align]) => align),
    snapshot.opportunities
      .slice(0, screen.rows)
      .map((record) => shown.map(([, , cell]) => cell(record))),
  );
}

type Column = readonly [name: string, align: Align, cell: (record: OpportunityRecord) => string];

function profit({ netProfit, numeraire }: OpportunityRecord['opportunity']): string {
  return `${amount(netProfit, 2)} ${numeraire}`;
}

function stood(record: OpportunityRecord, nowUs: number): string {
  const until = record.closedAtUs === 0 ? nowUs : record.closedAtUs;
  return `${span(until - record.openedAtUs)}${record.closedAtUs === 0 ? ' ...' : ''}`;
}

function reasonText(record: OpportunityRecord): string {
  return record.reason === 'APPROVED' ? pc.green(record.reason) : record.reason;
}

function reasons(snapshot: ViewSnapshot): string {
  const parts = Object.entries(snapshot.totals.byReason)
    .sort((a, b) => b[1] - a[1])
    .map(([reason, times]) => `${reason} ${count(times)}`);
  const reasons = parts.length === 0 ? pc.dim('none yet') : parts.join(pc.dim(' | '));
  return `${pc.dim('REASONS')}   ${reasons}`;
}

function latencies(snapshot: ViewSnapshot): string {
  const { frameToBook, bookToDecision, decisionToRisk, frameToRiskAnswer } = snapshot.latencyUs;
  const stages = [frameToBook, bookToDecision, decisionToRisk, frameToRiskAnswer];
  return table(
    ['LATENCY, us', 'frame>book', 'book>decision', 'decision>risk', 'frame>risk answer'],
    ['left', 'right', 'right', 'right', 'right'],
    [
      ['p50', ...stages.map(({ p50 }) => count(p50))],
      ['p99', ...stages.map(({ p99 }) => count(p99))],
    ],
  );
}
