import type { Clock } from '@ats/runtime';
import type { ConnectionHandler, VenueConnection } from '../../../app/dialect-server.ts';
import type { SimMarket, SimVenue } from '../../../domain/sim-market.ts';
import { Budget } from '../shared/budget.ts';
import { asFields, asTexts, type Fields, parseJson } from '../shared/parse.ts';
import { type CoinbaseChannels, PRODUCT_CHANNELS, type ProductChannel } from './channels.ts';
import { envelope, heartbeat, numbered, type Unnumbered } from './frames.ts';
import type { CoinbaseAuthenticator } from './private-auth.ts';
import { CoinbaseUserChannel } from './user-channel.ts';

/** A connection that subscribes to nothing is closed after this. */
const SUBSCRIBE_WITHIN_US = 5_000_000;
const TEXTS_PER_SECOND_MAX = 8;

/** One connection to Advanced Trade. Source: docs.cdp.coinbase.com, Advanced Trade WebSocket. */
export class CoinbaseSession implements ConnectionHandler {
  private readonly connection: VenueConnection;
  private readonly venue: SimVenue;
  private readonly channels: CoinbaseChannels;
  private readonly clock: Clock;
  private readonly onEnd: (session: CoinbaseSession) => void;
  private readonly authenticator: CoinbaseAuthenticator;
  private readonly user: CoinbaseUserChannel;
  private readonly texts: Budget;
  private readonly openedUs: number;
  /** By channel, then product. */
  private readonly subscriptions = new Map<ProductChannel, Map<string, () => void>>();
  private heartbeats = false;
  private heartbeatCount = 0;
  private subscribedOnce = false;
  private sequence = 0;

  constructor(setup: {
    readonly connection: VenueConnection;
    readonly venue: SimVenue;
    readonly channels: CoinbaseChannels;
    readonly authenticator: CoinbaseAuthenticator;
    readonly clock: Clock;
    readonly onEnd: (session: CoinbaseSession) => void;
  }) {
    this.connection = setup.connection;
    this.venue = setup.venue;
    this.channels = setup.channels;
    this.clock = setup.clock;
    this.onEnd = setup.onEnd;
    this.openedUs = setup.clock.nowUs();
    const { clock } = setup;
    this.authenticator = setup.authenticator;
    this.user = new CoinbaseUserChannel({
      clock,
      send: (message) => this.send(message, 'control'),
    });
    this.texts = new Budget({ limit: TEXTS_PER_SECOND_MAX, windowMs: 1000, clock });
  }

  onText(text: string): void {
    const problem = this.texts.take() ? this.handle(parseJson(text)) : 'rate limit exceeded';
    if (problem === undefined) return;
    this.connection.send(JSON.stringify({ type: 'error', message: problem }), 'control');
  }

  /** Called each second. */
  tick(): void {
    const now = this.clock.nowUs();
    if (!this.subscribedOnce && now - this.openedUs >= SUBSCRIBE_WITHIN_US) {
      this.connection.close(1008, 'no subscription within 5 seconds');
    }
    if (!this.heartbeats) return;
    this.heartbeatCount += 1;
    this.send(heartbeat(now, this.heartbeatCount), 'control');
  }

  onClose(): void {
    for (const stops of this.subscriptions.values()) for (const stop of stops.values()) stop();
    this.subscriptions.clear();
    this.user.close();
    this.onEnd(this);
  }

  /** @returns what is wrong with a request, undefined when it is done. */
  private handle(value: unknown): string | undefined {
    const request = asFields(value);
    if (request === undefined) return 'invalid JSON message';
    const { type, channel } = request;
    if (type !== 'subscribe' && type !== 'unsubscribe') return 'type must be subscribe/unsubscribe';
    if (channel === 'heartbeats') {
      this.heartbeats = type === 'subscribe';
      this.acknowledge(type);
      return undefined;
    }
    if (channel === 'user') return this.changeUser(type, request);
    const name = PRODUCT_CHANNELS.find((known) => known === channel);
    if (name === undefined) return `channel not supported: ${String(channel)}`;
    const markets = this.marketsOf(request);
    if (typeof markets === 'string') return markets;
    for (const market of markets) {
      if (type === 'subscribe') this.subscribe(name, market);
      else this.unsubscribe(name, market);
    }
    this.acknowledge(type);
    return undefined;
  }

  private changeUser(type: 'subscribe' | 'unsubscribe', request: Fields): string | undefined {
    const key = this.authenticator.checkSubscription(request);
    if (key === undefined) return 'authentication failure';
    if (type === 'unsubscribe') this.user.close();
    else {
      const isNamed = (asTexts(request['product_ids']) ?? []).length > 0;
      const markets = isNamed ? this.marketsOf(request) : [];
      if (typeof markets === 'string') return markets;
      this.user.subscribe(
        key,
        markets.map(({ listing }) => listing.symbol),
      );
    }
    this.acknowledge(type);
    return undefined;
  }

  private marketsOf(request: Fields): readonly SimMarket[] | string {
    const products = asTexts(request['product_ids']);
    if (products === undefined || products.length === 0) return 'product_ids is required';
    const markets: SimMarket[] = [];
    for (const product of products) {
      const market = this.venue.markets.get(product);
      if (market === undefined) return `${product} is not a valid product`;
      markets.push(market);
    }
    return markets;
  }

  private subscribe(name: ProductChannel, market: SimMarket): void {
    const product = market.listing.symbol;
    const stops = this.subscriptions.get(name) ?? new Map<string, () => void>();
    this.subscriptions.set(name, stops);
    if (stops.has(product)) return;
    const channel = this.channels.get(name, market);
    stops.set(
      product,
      channel.stream.add((message) => this.send(message, 'data')),
    );
    this.send(channel.snapshot(), 'control');
  }

  private unsubscribe(name: ProductChannel, market: SimMarket): void {
    const stops = this.subscriptions.get(name);
    stops?.get(market.listing.symbol)?.();
    stops?.delete(market.listing.symbol);
    if (stops?.size === 0) this.subscriptions.delete(name);
  }

  /** Every change is answered with all that is subscribed to now. */
  private acknowledge(type: 'subscribe' | 'unsubscribe'): void {
    if (type === 'subscribe') this.subscribedOnce = true;
    const all: Record<string, readonly string[]> = {};
    for (const [name, stops] of this.subscriptions) all[name] = [...stops.keys()];
    const { userId } = this.user;
    if (userId !== undefined) all['user'] = [userId];
    if (this.heartbeats) all['heartbeats'] = ['heartbeats'];
    const event = JSON.stringify({ subscriptions: all });
    this.send(envelope('subscriptions', this.clock.nowUs(), event), 'control');
  }

  private send(message: Unnumbered, kind: 'data' | 'control'): void {
    this.connection.send(numbered(message, this.sequence), kind);
    this.sequence += 1;
  }
}
