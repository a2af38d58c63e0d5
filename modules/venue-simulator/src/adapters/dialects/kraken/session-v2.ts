import type { Clock } from '@ats/runtime';
import type { ConnectionHandler, VenueConnection } from '../../../app/dialect-server.ts';
import { isoMicros } from '../shared/numbers.ts';
import { asFields, asTexts, type Fields, parseJson } from '../shared/parse.ts';
import { BOOK_DEPTHS } from './book.ts';
import type { V2Channel, V2Channels } from './channels-v2.ts';
import type { KrakenPair, KrakenPairs } from './names.ts';
import { KrakenPrivateChannels, PRIVATE_CHANNELS } from './private-channels.ts';
import type { KrakenTokens } from './tokens.ts';

/** Most subscriptions of one connection. */
const SUBSCRIPTIONS_MAX = 1000;
const METHODS = ['subscribe', 'unsubscribe'] as const;
const CHANNELS = ['book', 'ticker', 'trade', 'instrument'] as const;
type ChannelName = (typeof CHANNELS)[number];

interface Request {
  readonly method: 'subscribe' | 'unsubscribe';
  readonly channel: ChannelName;
  readonly params: Fields;
  readonly id: unknown;
  readonly timeIn: string;
}

/** One connection to `/v2`. Source: docs.kraken.com, Spot WebSocket v2. */
export class KrakenV2Session implements ConnectionHandler {
  private readonly connection: VenueConnection;
  private readonly pairs: KrakenPairs;
  private readonly channels: V2Channels;
  private readonly mine: KrakenPrivateChannels;
  private readonly clock: Clock;
  private readonly onEnd: (session: KrakenV2Session) => void;
  private readonly subscriptions = new Map<string, () => void>();
  /** Whether anything was sent since the last tick: only silence needs a heartbeat. */
  private spoke = false;

  constructor(setup: {
    readonly connection: VenueConnection;
    readonly pairs: KrakenPairs;
    readonly channels: V2Channels;
    readonly tokens: KrakenTokens;
    readonly clock: Clock;
    readonly system: 'online' | 'maintenance';
    readonly onEnd: (session: KrakenV2Session) => void;
  }) {
    this.connection = setup.connection;
    this.pairs = setup.pairs;
    this.channels = setup.channels;
    this.clock = setup.clock;
    const { clock, tokens } = setup;
    this.mine = new KrakenPrivateChannels({ clock, tokens, send: (text) => this.control(text) });
    this.onEnd = setup.onEnd;
    this.status(setup.system);
  }

  onText(text: string): void {
    const timeIn = isoMicros(this.clock.nowUs());
    const message = asFields(parseJson(text));
    if (message === undefined) {
      this.fail('Malformed JSON', { timeIn });
      return;
    }
    const id = message['req_id'];
    if (id !== undefined && !Number.isInteger(id)) {
      this.fail('Malformed request: req_id must be an integer', { timeIn });
      return;
    }
    if (message['method'] === 'ping') {
      this.pong(id, timeIn);
      return;
    }
    const method = METHODS.find((name) => name === message['method']);
    if (method === undefined) {
      this.fail('Method not found', { method: message['method'], id, timeIn });
      return;
    }
    const params = asFields(message['params']);
    if (params === undefined) {
      this.fail('Field(s) missing: params', { method, id, timeIn });
      return;
    }
    const own = PRIVATE_CHANNELS.find((name) => name === params['channel']);
    if (own !== undefined) {
      const request = { method, params, id, timeIn };
      const problem = this.mine.change(own, request, () =>
        this.acknowledge(request, { channel: own }),
      );
      if (problem !== undefined) this.fail(problem, request);
      return;
    }
    const channel = CHANNELS.find((name) => name === params['channel']);
    if (channel === undefined) {
      this.fail('Subscription name invalid', { method, id, timeIn });
      return;
    }
    const request = { method, channel, params, id, timeIn };
    if (channel === 'instrument') this.changeInstrument(request);
    else this.changeMarkets(request);
  }

  onMaintenance(active: boolean): void {
    this.status(active ? 'maintenance' : 'online');
  }

  /** Called each second: `heartbeat` when a subscriber heard nothing else. */
  tick(): void {
    if (!this.spoke && this.subscriptions.size > 0) this.control('{"channel":"heartbeat"}');
    this.spoke = false;
  }

  onClose(): void {
    for (const stop of this.subscriptions.values()) stop();
    this.subscriptions.clear();
    this.mine.close();
    this.onEnd(this);
  }

  private changeMarkets(request: Request): void {
    const symbols = asTexts(request.params['symbol']);
    if (symbols === undefined || symbols.length === 0) {
      this.fail('Field(s) missing: symbol', request);
      return;
    }
    const depth = request.params['depth'] ?? 10;
    if (request.channel === 'book' && !BOOK_DEPTHS.includes(depth as number)) {
      this.fail('Subscription depth not supported', request);
      return;
    }
    for (const symbol of symbols) {
      const pair = this.pairs.ofSymbol(symbol);
      if (pair === undefined) {
        this.fail(`Currency pair not supported ${symbol}`, { ...request, symbol });
      } else if (request.method === 'subscribe') this.subscribe(request, pair, depth as number);
      else this.unsubscribe(request, pair, depth as number);
    }
  }

  private subscribe(request: Request, pair: KrakenPair, depth: number): void {
    const key = `${request.channel}:${pair.symbol}`;
    if (this.subscriptions.has(key)) {
      this.fail('Already subscribed', { ...request, symbol: pair.symbol });
      return;
    }
    if (this.subscriptions.size >= SUBSCRIPTIONS_MAX) {
      this.fail('Exceeded subscription limit', { ...request, symbol: pair.symbol });
      return;
    }
    const wantsSnapshot = request.params['snapshot'] !== false;
    const trigger = request.params['event_trigger'] === 'bbo' ? 'bbo' : 'trades';
    const channel = this.channelOf(request.channel, pair, { depth, trigger });
    const details =
      request.channel === 'book'
        ? { depth }
        : request.channel === 'ticker'
          ? { event_trigger: trigger }
          : {};
    const result = { channel: request.channel, ...details, snapshot: wantsSnapshot };
    this.acknowledge(request, { ...result, symbol: pair.symbol });
    // The stream begins before its snapshot is taken: a fresh book window has to be filled first.
    const stop = channel.stream.add((text) => this.data(text));
    this.subscriptions.set(key, stop);
    if (wantsSnapshot) this.control(channel.snapshot());
  }

  private channelOf(
    name: ChannelName,
    pair: KrakenPair,
    details: { readonly depth: number; readonly trigger: 'bbo' | 'trades' },
  ): V2Channel {
    if (name === 'book') return this.channels.book(pair.market, details.depth);
    if (name === 'trade') return this.channels.trades(pair.market);
    return this.channels.ticker(pair.market, details.trigger);
  }

  private unsubscribe(request: Request, pair: KrakenPair, depth: number): void {
    const key = `${request.channel}:${pair.symbol}`;
    const stop = this.subscriptions.get(key);
    if (stop === undefined) {
      this.fail('Subscription Not Found', { ...request, symbol: pair.symbol });
      return;
    }
    stop();
    this.subscriptions.delete(key);
    const details = request.channel === 'book' ? { depth } : {};
    this.acknowledge(request, { channel: request.channel, ...details, symbol: pair.symbol });
  }

  private changeInstrument(request: Request): void {
    const subscribed = this.subscriptions.has('instrument');
    if (request.method === 'unsubscribe') {
      if (!subscribed) {
        this.fail('Subscription Not Found', request);
        return;
      }
      this.subscriptions.delete('instrument');
      this.acknowledge(request, { channel: 'instrument' });
      return;
    }
    if (subscribed) {
      this.fail('Already subscribed', request);
      return;
    }
    const snapshot = request.params['snapshot'] !== false;
    this.subscriptions.set('instrument', () => {});
    this.acknowledge(request, { channel: 'instrument', snapshot });
    if (snapshot) this.control(this.channels.instruments());
  }

  private acknowledge(request: Omit<Request, 'channel'>, result: Fields): void {
    this.reply({ method: request.method, result, success: true, ...times(request, this.clock) });
  }

  private fail(
    error: string,
    about: {
      readonly timeIn: string;
      readonly method?: unknown;
      readonly id?: unknown;
      readonly symbol?: string;
    },
  ): void {
    const { method, symbol } = about;
    this.reply({
      error,
      ...(method === undefined ? {} : { method }),
      ...(symbol === undefined ? {} : { symbol }),
      success: false,
      ...times(about, this.clock),
    });
  }

  private pong(id: unknown, timeIn: string): void {
    this.reply({ method: 'pong', ...times({ id, timeIn }, this.clock) });
  }

  private status(system: 'online' | 'maintenance'): void {
    const connection = 12_393_906_104_898_154_000n + BigInt(this.connection.id);
    this.control(
      `{"channel":"status","type":"update","data":[{"version":"2.0.10","system":"${system}",` +
        `"api_version":"v2","connection_id":${connection}}]}`,
    );
  }

  private reply(message: Fields): void {
    this.control(JSON.stringify(message));
  }

  private control(text: string): void {
    this.spoke = true;
    this.connection.send(text, 'control');
  }

  private data(text: string): void {
    this.spoke = true;
    this.connection.send(text, 'data');
  }
}

function times(about: { readonly id?: unknown; readonly timeIn: string }, clock: Clock): Fields {
  return {
    ...(about.id === undefined ? {} : { req_id: about.id }),
    time_in: about.timeIn,
    time_out: isoMicros(clock.nowUs()),
  };
}
