import type { Clock } from '@ats/runtime';
import type { ConnectionHandler, VenueConnection } from '../../../app/dialect-server.ts';
import type { SimMarket, SimVenue } from '../../../domain/sim-market.ts';
import { Budget } from '../shared/budget.ts';
import { asFields, asTexts, parseJson } from '../shared/parse.ts';
import {
  EXCHANGE_CHANNELS,
  type ExchangeChannelName,
  type ExchangeChannels,
} from './exchange-channels.ts';
import { heartbeat } from './exchange-frames.ts';

/** A connection that subscribes to nothing is closed after this. */
const SUBSCRIBE_WITHIN_US = 5_000_000;
const TEXTS_PER_SECOND_MAX = 100;

interface Wanted {
  readonly name: ExchangeChannelName;
  readonly markets: readonly SimMarket[];
}

/** One connection to Coinbase Exchange. Source: docs.cdp.coinbase.com, Exchange WebSocket feed. */
export class ExchangeSession implements ConnectionHandler {
  private readonly connection: VenueConnection;
  private readonly venue: SimVenue;
  private readonly channels: ExchangeChannels;
  private readonly clock: Clock;
  private readonly onEnd: (session: ExchangeSession) => void;
  private readonly texts: Budget;
  private readonly openedUs: number;
  /** By channel, then product. */
  private readonly subscriptions = new Map<ExchangeChannelName, Map<string, () => void>>();
  private subscribedOnce = false;

  constructor(setup: {
    readonly connection: VenueConnection;
    readonly venue: SimVenue;
    readonly channels: ExchangeChannels;
    readonly clock: Clock;
    readonly onEnd: (session: ExchangeSession) => void;
  }) {
    this.connection = setup.connection;
    this.venue = setup.venue;
    this.channels = setup.channels;
    this.clock = setup.clock;
    this.onEnd = setup.onEnd;
    const { clock } = setup;
    this.openedUs = clock.nowUs();
    this.texts = new Budget({ limit: TEXTS_PER_SECOND_MAX, windowMs: 1000, clock });
  }

  onText(text: string): void {
    if (!this.texts.take()) {
      this.fail('Rate limit exceeded', 'too many messages');
      return;
    }
    const request = asFields(parseJson(text));
    const type = request?.['type'];
    if (request === undefined) this.fail('Malformed JSON', 'not a JSON object');
    else if (type !== 'subscribe' && type !== 'unsubscribe') {
      this.fail('Invalid message', `Type has to be either subscribe or unsubscribe`);
    } else {
      const wanted = this.read(request['channels'], request['product_ids']);
      if (typeof wanted === 'string') this.fail(`Failed to ${type}`, wanted);
      else if (type === 'subscribe') this.subscribe(wanted);
      else this.unsubscribe(wanted);
    }
  }

  /** Called each second. */
  tick(): void {
    const now = this.clock.nowUs();
    if (!this.subscribedOnce && now - this.openedUs >= SUBSCRIBE_WITHIN_US) {
      this.connection.close(1008, 'no subscription within 5 seconds');
    }
    for (const product of this.subscriptions.get('heartbeat')?.keys() ?? []) {
      const market = this.venue.markets.get(product);
      if (market !== undefined) this.connection.send(heartbeat(market, now), 'control');
    }
  }

  onClose(): void {
    for (const stops of this.subscriptions.values()) for (const stop of stops.values()) stop();
    this.subscriptions.clear();
    this.onEnd(this);
  }

  /** Channels are names, or objects with product ids of their own. @returns what is wrong. */
  private read(channels: unknown, productIds: unknown): readonly Wanted[] | string {
    if (!Array.isArray(channels) || channels.length === 0) {
      return 'You need to specify at least one channel';
    }
    const wanted: Wanted[] = [];
    for (const item of channels as unknown[]) {
      const own = asFields(item);
      const asked = own === undefined ? item : own['name'];
      const name = EXCHANGE_CHANNELS.find((known) => known === asked);
      if (name === undefined) return `${String(asked)} is not a valid channel`;
      const products = asTexts(own?.['product_ids'] ?? productIds);
      if (products === undefined || products.length === 0) {
        return `You need to specify at least one product ID for channel ${name}`;
      }
      const markets: SimMarket[] = [];
      for (const product of products) {
        const market = this.venue.markets.get(product);
        if (market === undefined) return `${product} is not a valid product`;
        markets.push(market);
      }
      wanted.push({ name, markets });
    }
    return wanted;
  }

  /** The acknowledgement comes before what the new channels say first. */
  private subscribe(wanted: readonly Wanted[]): void {
    this.subscribedOnce = true;
    const firsts: (() => readonly string[])[] = [];
    for (const { name, markets } of wanted) {
      const stops = this.subscriptions.get(name) ?? new Map<string, () => void>();
      this.subscriptions.set(name, stops);
      for (const market of markets) {
        const product = market.listing.symbol;
        if (stops.has(product)) continue;
        const channel = this.channels.get(name, market);
        const stop = channel.stream.add((texts) => {
          for (const text of texts) this.connection.send(text, 'data');
        });
        stops.set(product, stop);
        firsts.push(() => channel.first());
      }
    }
    this.acknowledge();
    for (const first of firsts) for (const text of first()) this.connection.send(text, 'control');
  }

  private unsubscribe(wanted: readonly Wanted[]): void {
    for (const { name, markets } of wanted) {
      const stops = this.subscriptions.get(name);
      for (const market of markets) {
        stops?.get(market.listing.symbol)?.();
        stops?.delete(market.listing.symbol);
      }
      if (stops?.size === 0) this.subscriptions.delete(name);
    }
    this.acknowledge();
  }

  private acknowledge(): void {
    const channels = [...this.subscriptions].map(([name, stops]) => ({
      name,
      product_ids: [...stops.keys()],
    }));
    this.connection.send(JSON.stringify({ type: 'subscriptions', channels }), 'control');
  }

  private fail(message: string, reason: string): void {
    this.connection.send(JSON.stringify({ type: 'error', message, reason }), 'control');
  }
}
