import type { ConnectionHandler, VenueConnection } from '../../../app/dialect-server.ts';
import { asFields, asTexts, type Fields, parseJson } from '../shared/parse.ts';
import { BOOK_DEPTHS } from './book.ts';
import type { V1Channel, V1Channels } from './channels-v1.ts';
import type { KrakenPair, KrakenPairs } from './names.ts';

const SUBSCRIPTIONS_MAX = 1000;

/** One connection to `/`, in arrays and events. Source: docs.kraken.com, Spot WebSocket v1. */
export class KrakenV1Session implements ConnectionHandler {
  private readonly connection: VenueConnection;
  private readonly pairs: KrakenPairs;
  private readonly channels: V1Channels;
  private readonly onEnd: (session: KrakenV1Session) => void;
  private readonly subscriptions = new Map<string, () => void>();
  private spoke = false;

  constructor(setup: {
    readonly connection: VenueConnection;
    readonly pairs: KrakenPairs;
    readonly channels: V1Channels;
    readonly system: 'online' | 'maintenance';
    readonly onEnd: (session: KrakenV1Session) => void;
  }) {
    this.connection = setup.connection;
    this.pairs = setup.pairs;
    this.channels = setup.channels;
    this.onEnd = setup.onEnd;
    this.status(setup.system);
  }

  onText(text: string): void {
    const message = asFields(parseJson(text));
    const event = message?.['event'];
    if (message === undefined) this.control('{"errorMessage":"Malformed request","event":"error"}');
    else if (event === 'ping') this.reply({ event: 'pong', ...reqid(message) });
    else if (event === 'subscribe' || event === 'unsubscribe') this.change(event, message);
    else this.reply({ errorMessage: 'Unsupported event', event: 'error', ...reqid(message) });
  }

  onMaintenance(active: boolean): void {
    this.status(active ? 'maintenance' : 'online');
  }

  tick(): void {
    if (!this.spoke && this.subscriptions.size > 0) this.control('{"event":"heartbeat"}');
    this.spoke = false;
  }

  onClose(): void {
    for (const stop of this.subscriptions.values()) stop();
    this.subscriptions.clear();
    this.onEnd(this);
  }

  private change(event: 'subscribe' | 'unsubscribe', message: Fields): void {
    const subscription = asFields(message['subscription']);
    const names = asTexts(message['pair']);
    const refuse = (errorMessage: string, pair?: string): void =>
      this.reply({
        errorMessage,
        event: 'subscriptionStatus',
        ...(pair === undefined ? {} : { pair }),
        ...reqid(message),
        status: 'error',
        ...(subscription === undefined ? {} : { subscription }),
      });
    const channel = channelFinder(this.channels, subscription);
    if (typeof channel === 'string') refuse(channel);
    else if (names === undefined || names.length === 0) refuse('Pair(s) missing');
    else {
      for (const wsName of names) {
        const problem = this.changePair(event, wsName, channel, message);
        if (problem !== undefined) refuse(problem, wsName);
      }
    }
  }

  /** @returns what is wrong, undefined when it is done. */
  private changePair(
    event: 'subscribe' | 'unsubscribe',
    wsName: string,
    channelOf: (pair: KrakenPair) => V1Channel,
    message: Fields,
  ): string | undefined {
    const pair = this.pairs.ofWsName(wsName);
    if (pair === undefined) return `Currency pair not supported ${wsName}`;
    const channel = channelOf(pair);
    return event === 'subscribe'
      ? this.subscribe(channel, pair, message)
      : this.unsubscribe(channel, pair, message);
  }

  private subscribe(channel: V1Channel, pair: KrakenPair, message: Fields): string | undefined {
    const key = `${channel.name}:${pair.wsName}`;
    if (this.subscriptions.has(key)) return 'Already subscribed';
    if (this.subscriptions.size >= SUBSCRIPTIONS_MAX) return 'Exceeded subscription limit';
    this.acknowledge('subscribed', channel, pair, message);
    this.subscriptions.set(
      key,
      channel.stream.add((text) => {
        this.spoke = true;
        this.connection.send(text, 'data');
      }),
    );
    this.control(channel.snapshot());
    return undefined;
  }

  private unsubscribe(channel: V1Channel, pair: KrakenPair, message: Fields): string | undefined {
    const key = `${channel.name}:${pair.wsName}`;
    const stop = this.subscriptions.get(key);
    if (stop === undefined) return 'Subscription Not Found';
    stop();
    this.subscriptions.delete(key);
    this.acknowledge('unsubscribed', channel, pair, message);
    return undefined;
  }

  private acknowledge(
    status: 'subscribed' | 'unsubscribed',
    channel: V1Channel,
    pair: KrakenPair,
    message: Fields,
  ): void {
    const [name, depth] = channel.name.split('-');
    this.reply({
      channelID: channel.id,
      channelName: channel.name,
      event: 'subscriptionStatus',
      pair: pair.wsName,
      ...reqid(message),
      status,
      subscription: depth === undefined ? { name } : { depth: Number(depth), name },
    });
  }

  private status(status: 'online' | 'maintenance'): void {
    const connection = 17_843_232_920_108_168_000n + BigInt(this.connection.id);
    this.control(
      `{"connectionID":${connection},"event":"systemStatus","status":"${status}",` +
        '"version":"1.9.6"}',
    );
  }

  private reply(message: Fields): void {
    this.control(JSON.stringify(message));
  }

  private control(text: string): void {
    this.spoke = true;
    this.connection.send(text, 'control');
  }
}

function reqid(message: Fields): Fields {
  return message['reqid'] === undefined ? {} : { reqid: message['reqid'] };
}

/** @returns how to find a pair's channel, or what is wrong with the request. */
function channelFinder(
  channels: V1Channels,
  subscription: Fields | undefined,
): ((pair: KrakenPair) => V1Channel) | string {
  if (subscription === undefined) return 'Subscription must be an object';
  const depth = subscription['depth'] ?? 10;
  switch (subscription['name']) {
    case 'trade':
      return (pair) => channels.trades(pair);
    case 'ticker':
      return (pair) => channels.ticker(pair);
    case 'book':
      if (typeof depth !== 'number' || !BOOK_DEPTHS.includes(depth)) {
        return 'Subscription depth not supported';
      }
      return (pair) => channels.book(pair, depth);
    default:
      return 'Subscription name invalid';
  }
}
