import type { OpportunityRecord } from '@ats/domain';
import { InvariantWatch } from '../app/invariants.ts';
import type { LogTarget, MarketShown, Session } from '../app/session-parts.ts';
import { summarize, type VenueSummary } from '../app/summary.ts';
import { plainText } from './format.ts';
import { GateWatch } from './gate-watch.ts';
import type { EdgeCell, VenueRow, ViewSnapshot } from './snapshot.ts';

const RECENT_MAX = 50;
const TRADES_MAX = 20;
const NOTICES_MAX = 4;
/** A link that makes the first administrator lasts no longer. */
const SET_UP_MS = 1_800_000;

/** Turns a session's counts into pictures: remembers what it last saw, to show rates. */
export class Observer {
  private readonly session: Session;
  private readonly startedAtUs: number;
  private readonly logTarget: LogTarget;
  private readonly setUpLink: string | undefined;
  private readonly gates: GateWatch;
  private readonly recent = new Map<string, OpportunityRecord>();
  private before: { atUs: number; venues: Readonly<Record<string, VenueSummary>> };
  private rates: ReadonlyMap<string, { frames: number; bookUpdates: number }> = new Map();

  constructor(parts: {
    session: Session;
    startedAtUs: number;
    logTarget: LogTarget;
    setUpLink: string | undefined;
  }) {
    this.session = parts.session;
    this.gates = new GateWatch(parts.session);
    this.startedAtUs = parts.startedAtUs;
    this.logTarget = parts.logTarget;
    this.setUpLink = parts.setUpLink;
    this.before = { atUs: parts.startedAtUs, venues: parts.session.collector.stats().venues };
  }

  /** Keeps the newest state of the newest opportunities. */
  record(record: OpportunityRecord): void {
    const { id } = record.opportunity;
    this.recent.delete(id);
    this.recent.set(id, record);
    if (this.recent.size > RECENT_MAX) {
      for (const oldest of this.recent.keys()) {
        this.recent.delete(oldest);
        break;
      }
    }
  }

  look(nowUs: number): ViewSnapshot {
    const { session } = this;
    const durationMs = (nowUs - this.startedAtUs) / 1000;
    const summary = summarize({ session, durationMs, watch: new InvariantWatch() });
    if (nowUs - this.before.atUs >= 1_000_000) this.measure(nowUs, summary.venues);
    const markets = session.collector.markets();
    return {
      mode: summary.mode,
      seed: summary.seed,
      elapsedMs: durationMs,
      nowUs,
      venues: Object.entries(summary.venues).map(([name, venue]) =>
        this.venueRow({ name, venue, markets }),
      ),
      edges: this.edges(),
      opportunities: [...this.recent.values()].toSorted((a, b) => b.openedAtUs - a.openedAtUs),
      totals: summary.opportunities,
      trades: {
        stats: summary.trades,
        newest: session.engine?.recentTrades(TRADES_MAX) ?? [],
        numeraire: session.numeraire,
      },
      latencyUs: summary.latencyUs,
      halt: this.gates.halt,
      notices: this.notices(durationMs),
      hint: this.hint(),
    };
  }

  private measure(nowUs: number, venues: Readonly<Record<string, VenueSummary>>): void {
    const seconds = (nowUs - this.before.atUs) / 1e6;
    this.rates = new Map(
      Object.entries(venues).map(([name, now]) => {
        const then = this.before.venues[name];
        return [
          name,
          {
            frames: (now.frames - (then?.frames ?? 0)) / seconds,
            bookUpdates: (now.bookUpdates - (then?.bookUpdates ?? 0)) / seconds,
          },
        ];
      }),
    );
    this.before = { atUs: nowUs, venues };
  }

  private venueRow(parts: {
    name: string;
    venue: VenueSummary;
    markets: readonly MarketShown[];
  }): VenueRow {
    const own = parts.markets.filter(({ venue }) => venue === parts.name);
    const live = own.filter(({ state }) => state === 'live');
    const worst = own.find(({ state }) => state !== 'live');
    const rate = this.rates.get(parts.name);
    return {
      name: parts.name,
      state: worst === undefined ? 'live' : `${worst.state} (${worst.instrument} ${worst.reason})`,
      booksLive: live.length,
      booksTotal: own.length,
      ageMs: own.length === 0 ? Number.NaN : Math.min(...own.map(({ ageMs }) => ageMs)),
      framesPerSecond: rate?.frames ?? 0,
      bookUpdatesPerSecond: rate?.bookUpdates ?? 0,
      resyncs: parts.venue.resyncs,
    };
  }

  /** The best base for each pair of venues. */
  private edges(): EdgeCell[] {
    const best = new Map<string, EdgeCell>();
    for (const cell of this.session.engine?.spreadMatrix() ?? []) {
      const key = `${cell.buy}>${cell.sell}`;
      const known = best.get(key);
      if (known === undefined || cell.netBps > known.netBps) best.set(key, cell);
    }
    return [...best.values()];
  }

  private hint(): string {
    const { dashboard } = this.session;
    const page = dashboard === undefined ? '' : `Dashboard: ${dashboard.url}; `;
    const keys = `${page}Ctrl-C drains and prints the summary`;
    return typeof this.logTarget === 'string' ? keys : `${keys}; log in ${this.logTarget.file}`;
  }

  private notices(elapsedMs: number): string[] {
    const isNew = this.setUpLink !== undefined && elapsedMs < SET_UP_MS;
    const first = isNew ? [`The first administrator is made at ${this.setUpLink}`] : [];
    const all = [...first, ...this.gates.notices().map(plainText)];
    const rest = all.length - NOTICES_MAX;
    return [...all.slice(0, NOTICES_MAX), ...(rest > 0 ? [`and ${rest} more`] : [])];
  }

  /** Asks the services nothing more. */
  close(): void {
    this.gates.close();
  }
}
