import type { OpportunityRecord } from '@ats/domain';
import Table from 'cli-table3';
import pc from 'picocolors';
import { amount, count, signedBps, span, stopwatch, timeOfDay } from './format.ts';
import type { VenueRow, ViewSnapshot } from './snapshot.ts';

/** Lines and columns the view may use. */
export interface Screen {
  readonly columns: number;
  readonly rows: number;
}

const BARE = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

type Align = 'left' | 'right';

function table(
  head: readonly string[],
  aligns: readonly Align[],
  rows: readonly string[][],
): string {
  const drawn = new Table({
    chars: BARE,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
    head: head.map((text) => pc.dim(text)),
    colAligns: [...aligns],
  });
  drawn.push(...rows);
  return drawn.toString();
}

/** Draws one picture of the running engine, cut to the screen. Pure: the same in, the same out. */
export function renderView(snapshot: ViewSnapshot, screen: Screen): string {
  const top = [
    header(snapshot),
    '',
    venueTable(snapshot.venues),
    '',
    edgeMatrix(snapshot),
    '',
  ].join('\n');
  const bottom = [
    '',
    reasons(snapshot),
    latencies(snapshot),
    ...snapshot.notices.map((notice) => pc.yellow(`! ${notice}`)),
    pc.dim(snapshot.hint),
  ].join('\n');
  const used = top.split('\n').length + bottom.split('\n').length + 2;
  const room = Math.max(1, screen.rows - used - 1);
  const text = `${top}\n${opportunityTable(snapshot, room)}\n${bottom}`;
  return text
    .split('\n')
    .slice(0, Math.max(1, screen.rows - 1))
    .join('\n');
}

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

function opportunityTable(snapshot: ViewSnapshot, room: number): string {
  if (snapshot.opportunities.length === 0) {
    return pc.dim('No price difference has been seen yet; the first comes within seconds.');
  }
  const rows = snapshot.opportunities.slice(0, room).map((record) => {
    const { opportunity: found } = record;
    const until = record.closedAtUs === 0 ? snapshot.nowUs : record.closedAtUs;
    return [
      pc.dim(timeOfDay(record.openedAtUs)),
      found.base,
      `${found.buy.venue} > ${found.sell.venue}`,
      amount(found.quantity, 4),
      signedBps(found.netEdgeBps),
      `${amount(found.netProfit, 2)} ${found.numeraire}`,
      reasonText(record),
      `${span(until - record.openedAtUs)}${record.closedAtUs === 0 ? ' ...' : ''}`,
    ];
  });
  return table(
    ['OPENED, UTC', 'ASSET', 'BUY > SELL', 'SIZE', 'NET BPS', 'NET PROFIT', 'OUTCOME', 'STOOD'],
    ['left', 'left', 'left', 'right', 'right', 'right', 'left', 'right'],
    rows,
  );
}

function reasonText(record: OpportunityRecord): string {
  return record.reason === 'APPROVED' ? pc.green(record.reason) : record.reason;
}

function reasons(snapshot: ViewSnapshot): string {
  const parts = Object.entries(snapshot.totals.byReason)
    .sort((a, b) => b[1] - a[1])
    .map(([reason, times]) => `${reason} ${count(times)}`);
  const reasons = parts.length === 0 ? pc.dim('none yet') : parts.join(pc.dim(' | '));
  return `${pc.dim('REASONS')}  ${reasons}`;
}

function latencies(snapshot: ViewSnapshot): string {
  const { frameToBook, bookToDecision, decisionToRisk, frameToRiskAnswer } = snapshot.latencyUs;
  const stages = [
    ['frame>book', frameToBook],
    ['book>decision', bookToDecision],
    ['decision>risk', decisionToRisk],
    ['frame>risk answer', frameToRiskAnswer],
  ] as const;
  const parts = stages.map(([name, { p50, p99 }]) => `${name} ${count(p50)}/${count(p99)}`);
  return `${pc.dim('LATENCY, us p50/p99')}  ${parts.join(pc.dim(' | '))}`;
}
