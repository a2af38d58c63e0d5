import { Decimal, type MarketEvent } from '@ats/domain';
import type { Clock } from '@ats/runtime';
import type { MarketBus } from '@ats/storage';

/** What the bus tells of one venue, milliseconds. */
export interface VenueSight {
  readonly venue: string;
  /** How long no book of it has been whole and new. */
  readonly silence: Decimal;
  /** Age of its oldest book that was in use at the last look; undefined where none was. */
  readonly oldestBook: Decimal | undefined;
  /** How far its clock is ahead of or behind this one, at least; undefined where it tells none. */
  readonly clockSkew: Decimal | undefined;
}

const ms = (us: number): Decimal => new Decimal(BigInt(Math.max(0, Math.round(us))), 3);

/** Looks at the books and statuses of venues, as the bus has them. */
export class VenueWatch {
  private readonly bus: MarketBus | undefined;
  private readonly clock: Clock;
  /** When a book of the venue was whole last; the start for one that never was. */
  private readonly wholeAtUs: Map<string, number>;
  private readonly oldestAtUs = new Map<string, number>();
  private readonly skewsUs = new Map<string, number>();

  constructor(options: {
    readonly bus: MarketBus | undefined;
    readonly venues: readonly string[];
    readonly clock: Clock;
  }) {
    this.bus = options.bus;
    this.clock = options.clock;
    const nowUs = options.clock.nowUs();
    this.wholeAtUs = new Map(options.venues.map((venue) => [venue, nowUs]));
  }

  /** By what was seen last: silence grows, though the bus itself is silent. */
  all(): readonly VenueSight[] {
    if (this.bus === undefined) return [];
    const nowUs = this.clock.nowUs();
    return [...this.wholeAtUs].map(([venue, wholeAtUs]) => {
      const oldestAtUs = this.oldestAtUs.get(venue);
      const skewUs = this.skewsUs.get(venue);
      return {
        venue,
        silence: ms(nowUs - wholeAtUs),
        oldestBook: oldestAtUs === undefined ? undefined : ms(nowUs - oldestAtUs),
        clockSkew: skewUs === undefined ? undefined : ms(skewUs),
      };
    });
  }

  async tick(): Promise<void> {
    const { bus } = this;
    if (bus === undefined) return;
    const events = await bus.latest({ kinds: ['book', 'status'] });
    const unusable = new Set<string>();
    for (const event of events) {
      if (event.kind !== 'status' || event.state === 'live') continue;
      unusable.add(marketOf(event));
    }
    for (const [venue, before] of this.wholeAtUs) {
      const books = events.filter(
        (event) => event.kind === 'book' && event.venue === venue && !unusable.has(marketOf(event)),
      );
      const times = books.map(({ receivedAtUs }) => receivedAtUs);
      this.wholeAtUs.set(venue, Math.max(before, ...times));
      put(this.oldestAtUs, venue, times.length === 0 ? undefined : Math.min(...times));
      const skews = books
        .filter(({ exchangeTimeUs }) => exchangeTimeUs !== 0)
        .map(({ receivedAtUs, exchangeTimeUs }) => Math.abs(receivedAtUs - exchangeTimeUs));
      // Frames take a while as well: the least of them says most of the clock.
      put(this.skewsUs, venue, skews.length === 0 ? undefined : Math.min(...skews));
    }
  }
}

const marketOf = ({ venue, instrument }: MarketEvent): string => `${venue} ${instrument}`;

function put(map: Map<string, number>, key: string, value: number | undefined): void {
  if (value === undefined) map.delete(key);
  else map.set(key, value);
}
