import type { Clock } from '@ats/runtime';
import type {
  AccountKey,
  ConnectionHandler,
  VenueConnection,
} from '../../../app/dialect-server.ts';
import type { SimVenue } from '../../../domain/sim-market.ts';
import { toMillis } from '../shared/numbers.ts';
import { asFields, type Fields, parseJson } from '../shared/parse.ts';
import type { BitfinexChannel, BitfinexChannels, ChannelEvent } from './channels.ts';
import type { BitfinexAuthenticator } from './private-auth.ts';
import { reportBodies, snapshotBodies } from './private-stream.ts';
import { readSubscription, refusal, type Subscription } from './request.ts';

/** Flags of the `conf` event. */
const TIMESTAMP = 32_768;
const SEQUENCE = 65_536;
const CHECKSUM = 131_072;
/** Most channels on one connection, and the silence after which a channel gets a heartbeat. */
const CHANNELS_MAX = 25;
const HEARTBEAT_US = 15_000_000;
/** The channel of an account, and the `dms` that has its orders canceled with the connection. */
const PRIVATE_CHANNEL = 0;
const CANCEL_ON_DISCONNECT = 4;

interface Open {
  readonly id: number;
  readonly key: string;
  readonly stop: () => void;
  sentUs: number;
}

/** One connection to `/ws/2`. Source: docs.bitfinex.com, WebSocket v2 public channels. */
export class BitfinexSession implements ConnectionHandler {
  private readonly connection: VenueConnection;
  private readonly venue: SimVenue;
  private readonly channels: BitfinexChannels;
  private readonly clock: Clock;
  private readonly authenticator: BitfinexAuthenticator;
  private readonly onEnd: (session: BitfinexSession) => void;
  private readonly open = new Map<number, Open>();
  private flags = 0;
  private sequence = 0;
  private nextChannelId: number;
  private key: AccountKey | undefined;
  private cancelsOnDisconnect = false;

  constructor(setup: {
    readonly connection: VenueConnection;
    readonly venue: SimVenue;
    readonly channels: BitfinexChannels;
    readonly clock: Clock;
    readonly authenticator: BitfinexAuthenticator;
    readonly operative: boolean;
    readonly onEnd: (session: BitfinexSession) => void;
  }) {
    this.connection = setup.connection;
    this.venue = setup.venue;
    this.channels = setup.channels;
    this.clock = setup.clock;
    this.authenticator = setup.authenticator;
    this.onEnd = setup.onEnd;
    // Ids differ between connections, so that nobody can take them for the market's.
    this.nextChannelId = 200_000 + (setup.connection.id % 1000) * 100;
    const serverId = '083bd8d4-aca7-4690-a573-eabfc8103de8';
    const platform = { status: setup.operative ? 1 : 0 };
    this.reply({ event: 'info', version: 2, serverId, platform });
  }

  onText(text: string): void {
    const message = asFields(parseJson(text));
    if (message === undefined) {
      this.reply(refusal(10_000, 'event: invalid'));
      return;
    }
    switch (message['event']) {
      case 'ping':
        this.reply({ event: 'pong', ts: toMillis(this.clock.nowUs()), ...cid(message) });
        break;
      case 'auth':
        this.authenticate(message);
        break;
      case 'conf':
        this.configure(message);
        break;
      case 'subscribe':
        this.subscribe(message);
        break;
      case 'unsubscribe':
        this.unsubscribe(message);
        break;
      default:
        this.reply(refusal(10_000, 'event: invalid'));
    }
  }

  onMaintenance(active: boolean): void {
    if (active) {
      const msg =
        'Entering in Maintenance mode. Please pause any activity and resume after receiving ' +
        'the info message 20061 (it should take 120 seconds at most).';
      this.reply({ event: 'info', code: 20_060, msg });
      const stop = 'Stopping. Please try to reconnect';
      this.reply({ event: 'info', code: 20_051, msg: stop });
      return;
    }
    const msg =
      'Maintenance ended. You can resume normal activity. It is advised to ' +
      'unsubscribe/subscribe again all channels.';
    this.reply({ event: 'info', code: 20_061, msg });
  }

  /** Called each second: `hb` on every channel that was silent for a while. */
  tick(): void {
    const now = this.clock.nowUs();
    for (const channel of this.open.values()) {
      if (now - channel.sentUs >= HEARTBEAT_US) this.send(channel, ',"hb"', 'control');
    }
  }

  onClose(): void {
    for (const channel of this.open.values()) channel.stop();
    this.open.clear();
    if (this.cancelsOnDisconnect) this.key?.account.cancelAll();
    this.onEnd(this);
  }

  private authenticate(message: Fields): void {
    const status = { event: 'auth', chanId: PRIVATE_CHANNEL };
    if (this.key !== undefined) {
      this.reply({ ...status, status: 'FAILED', code: 10_100, msg: 'auth: dup' });
      return;
    }
    const key = this.authenticator.checkEvent(message);
    if ('status' in key) {
      const [, code, msg] = JSON.parse(key.body) as unknown[];
      this.reply({ ...status, status: 'FAILED', code, msg });
      return;
    }
    this.key = key;
    this.cancelsOnDisconnect = message['dms'] === CANCEL_ON_DISCONNECT;
    const caps = Object.fromEntries(
      ['orders', 'account', 'history', 'wallets'].map((name) => [name, { read: 1, write: 1 }]),
    );
    this.reply({ ...status, status: 'OK', userId: key.account.owner, caps });
    const channel: Open = {
      id: PRIVATE_CHANNEL,
      key: 'private',
      stop: key.listen((report) => {
        for (const body of reportBodies(report)) this.send(channel, body, 'control');
      }),
      sentUs: this.clock.nowUs(),
    };
    this.open.set(PRIVATE_CHANNEL, channel);
    for (const body of snapshotBodies(key)) this.send(channel, body, 'control');
  }

  private configure(message: Fields): void {
    const { flags } = message;
    if (typeof flags !== 'number' || !Number.isInteger(flags) || flags < 0) {
      this.reply({ event: 'conf', status: 'FAILED', ...(flags === undefined ? {} : { flags }) });
      return;
    }
    this.flags = flags;
    this.reply({ event: 'conf', status: 'OK', flags });
  }

  private subscribe(message: Fields): void {
    const subscription = readSubscription(message, this.venue);
    if (subscription.kind === 'refused') {
      this.reply(subscription.error);
      return;
    }
    const { key, echo } = subscription;
    if ([...this.open.values()].some((channel) => channel.key === key)) {
      this.reply(refusal(10_301, 'subscribe: dup', echo));
      return;
    }
    // The account's own channel is none of those that are counted.
    if (this.open.size - Number(this.key !== undefined) >= CHANNELS_MAX) {
      this.reply(refusal(10_305, 'subscribe: limit', echo));
      return;
    }
    const id = this.nextChannelId;
    this.nextChannelId += 1;
    const { channel, ...details } = echo;
    this.reply({ event: 'subscribed', channel, chanId: id, ...details });
    const source = this.channelOf(subscription);
    const opened: Open = {
      id,
      key,
      stop: source.stream.add((event) => this.deliver(opened, event, 'data')),
      sentUs: this.clock.nowUs(),
    };
    this.open.set(id, opened);
    this.deliver(opened, source.snapshot(), 'control');
  }

  private channelOf(subscription: Subscription): BitfinexChannel {
    const { market } = subscription;
    if (subscription.channel === 'book') return this.channels.book(market, subscription.length);
    if (subscription.channel === 'trades') return this.channels.trades(market);
    return this.channels.ticker(market);
  }

  private unsubscribe(message: Fields): void {
    const id = Number(message['chanId']);
    const channel = this.open.get(id);
    if (channel === undefined || id === PRIVATE_CHANNEL) {
      this.reply(refusal(10_400, 'unsubscribe: invalid', { chanId: message['chanId'] }));
      return;
    }
    channel.stop();
    this.open.delete(id);
    this.reply({ event: 'unsubscribed', status: 'OK', chanId: id });
  }

  private deliver(channel: Open, event: ChannelEvent, kind: 'data' | 'control'): void {
    for (const body of event.bodies) this.send(channel, body, kind);
    if (event.checksum === undefined || (this.flags & CHECKSUM) === 0) return;
    this.send(channel, `,"cs",${event.checksum()}`, kind);
  }

  private send(channel: Open, body: string, kind: 'data' | 'control'): void {
    const now = this.clock.nowUs();
    let text = `[${channel.id}${body}`;
    if ((this.flags & SEQUENCE) !== 0) {
      this.sequence += 1;
      text += `,${this.sequence}`;
    }
    if ((this.flags & TIMESTAMP) !== 0) text += `,${toMillis(now)}`;
    channel.sentUs = now;
    this.connection.send(`${text}]`, kind);
  }

  private reply(message: Fields): void {
    this.connection.send(JSON.stringify(message), 'control');
  }
}

function cid(message: Fields): Fields {
  return message['cid'] === undefined ? {} : { cid: message['cid'] };
}
