import type { Clock } from '@ats/runtime';
import type { ConnectionHandler, VenueConnection } from '../../../app/dialect-server.ts';
import type { SimVenue } from '../../../domain/sim-market.ts';
import { Budget } from '../shared/budget.ts';
import { parseJson } from '../shared/parse.ts';
import type { Format, UpbitChannels } from './channels.ts';
import { readRequest, type Wanted } from './request.ts';

/** A client that says nothing for so long is cut off. */
export const IDLE_US = 120_000_000;
const TEXTS_PER_SECOND_MAX = 5;
/** Most subscriptions of one connection, beyond what the venue lists. */
const SUBSCRIPTIONS_MAX = 1000;

/** One connection to `/websocket/v1`: data in binary frames, talk in text. */
export class UpbitSession implements ConnectionHandler {
  private readonly connection: VenueConnection;
  private readonly venue: SimVenue;
  private readonly channels: UpbitChannels;
  private readonly clock: Clock;
  private readonly onEnd: (session: UpbitSession) => void;
  private readonly texts: Budget;
  private readonly stops: (() => void)[] = [];
  private subscribed: readonly Wanted[] = [];
  private heardUs: number;

  constructor(setup: {
    readonly connection: VenueConnection;
    readonly venue: SimVenue;
    readonly channels: UpbitChannels;
    readonly clock: Clock;
    readonly onEnd: (session: UpbitSession) => void;
  }) {
    this.connection = setup.connection;
    this.venue = setup.venue;
    this.channels = setup.channels;
    this.clock = setup.clock;
    this.onEnd = setup.onEnd;
    this.heardUs = setup.clock.nowUs();
    const { clock } = setup;
    this.texts = new Budget({ limit: TEXTS_PER_SECOND_MAX, windowMs: 1000, clock });
  }

  onText(text: string): void {
    this.heardUs = this.clock.nowUs();
    if (!this.texts.take()) {
      this.connection.close(1008, 'too_many_requests');
      return;
    }
    if (text === 'PING') {
      this.connection.send('{"status":"UP"}', 'control');
      return;
    }
    const request = readRequest(parseJson(text));
    if (request.kind === 'subscribe') this.replace(request.wanted, request.format);
    else if (request.kind === 'list') this.list(request.ticket);
    else {
      const { name, message } = request;
      this.connection.send(JSON.stringify({ error: { name, message } }), 'control');
    }
  }

  onPong(): void {
    this.heardUs = this.clock.nowUs();
  }

  tick(): void {
    if (this.clock.nowUs() - this.heardUs >= IDLE_US) this.connection.close(1000, 'idle');
  }

  onClose(): void {
    this.stop();
    this.onEnd(this);
  }

  /** A request takes the place of all that was subscribed to before it. */
  private replace(wanted: readonly Wanted[], format: Format): void {
    this.stop();
    const listed = wanted
      .filter((each) => this.venue.markets.has(each.code))
      .slice(0, SUBSCRIPTIONS_MAX);
    this.subscribed = listed.filter((each) => each.realtime);
    for (const each of listed) {
      const market = this.venue.markets.get(each.code);
      if (market === undefined) continue;
      const channel = this.channels.get({ market, type: each.type, format, units: each.units });
      if (each.realtime) {
        this.stops.push(
          channel.stream.add((frames) => {
            for (const frame of frames) this.connection.send(frame, 'data');
          }),
        );
      }
      if (!each.snapshot) continue;
      for (const frame of channel.snapshot()) this.connection.send(frame, 'control');
    }
  }

  private list(ticket: string): void {
    const byType = new Map<string, string[]>();
    for (const { type, code } of this.subscribed) {
      byType.set(type, [...(byType.get(type) ?? []), code]);
    }
    const result = [...byType].map(([type, codes]) => ({ type, codes }));
    const answer = JSON.stringify({ method: 'LIST_SUBSCRIPTIONS', result, ticket });
    this.connection.send(answer, 'control');
  }

  private stop(): void {
    for (const stop of this.stops) stop();
    this.stops.length = 0;
    this.subscribed = [];
  }
}
