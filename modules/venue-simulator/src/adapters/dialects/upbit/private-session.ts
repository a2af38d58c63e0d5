import type { Clock } from '@ats/runtime';
import type {
  AccountKey,
  ConnectionHandler,
  VenueConnection,
} from '../../../app/dialect-server.ts';
import type { AccountReport } from '../../../domain/accounts/orders.ts';
import { jsonText } from '../shared/json-text.ts';
import { asFields, asTexts, type Fields, parseJson } from '../shared/parse.ts';
import { assetFrame, orderFrames } from './report-frames.ts';
import { IDLE_US } from './session.ts';

type Problem = 'WRONG_FORMAT' | 'NO_TICKET' | 'NO_TYPE';

/** What of an account a connection wants to hear. */
interface Wanted {
  /** Markets of myOrder, all when empty; undefined when it is not asked for. */
  readonly orders: ReadonlySet<string> | undefined;
  readonly assets: boolean;
}

/** One connection to `/websocket/v1/private`: myOrder and myAsset, of the key that opened it. */
export class UpbitPrivateSession implements ConnectionHandler {
  private readonly connection: VenueConnection;
  private readonly clock: Clock;
  private readonly stop: () => void;
  private readonly onEnd: (session: UpbitPrivateSession) => void;
  private wanted: Wanted = { orders: undefined, assets: false };
  private assetCount = 0;
  private heardUs: number;

  constructor(setup: {
    readonly connection: VenueConnection;
    readonly key: AccountKey;
    readonly clock: Clock;
    readonly onEnd: (session: UpbitPrivateSession) => void;
  }) {
    this.connection = setup.connection;
    this.clock = setup.clock;
    this.onEnd = setup.onEnd;
    this.heardUs = setup.clock.nowUs();
    this.stop = setup.key.listen((report) => this.tell(report));
  }

  onText(text: string): void {
    this.heardUs = this.clock.nowUs();
    if (text === 'PING') {
      this.connection.send('{"status":"UP"}', 'control');
      return;
    }
    const wanted = readPrivateRequest(parseJson(text));
    if (typeof wanted !== 'string') this.wanted = wanted;
    else this.connection.send(jsonText({ error: { name: wanted, message: wanted } }), 'control');
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

  private tell(report: AccountReport): void {
    const { orders, assets } = this.wanted;
    const nowUs = this.clock.nowUs();
    const symbol = report.kind === 'transferred' ? '' : report.order.listing.symbol;
    if (orders !== undefined && (orders.size === 0 || orders.has(symbol))) {
      for (const frame of orderFrames(report, nowUs)) this.send(frame);
    }
    if (!assets) return;
    this.assetCount += 1;
    this.send(assetFrame(report.balances, this.assetCount, nowUs));
  }

  /** Data comes in binary frames, as on the public side. */
  private send(frame: Fields): void {
    this.connection.send(Buffer.from(jsonText(frame)), 'control');
  }
}

/** Reads `[{ticket}, {type: myOrder, codes?}, {type: myAsset}]`, which replaces the one before. */
function readPrivateRequest(value: unknown): Wanted | Problem {
  if (!Array.isArray(value)) return 'WRONG_FORMAT';
  let hasTicket = false;
  let orders: Set<string> | undefined;
  let assets = false;
  for (const item of value as unknown[]) {
    const fields = asFields(item);
    if (fields === undefined) return 'WRONG_FORMAT';
    const codes = fields['codes'] === undefined ? [] : asTexts(fields['codes']);
    if (codes === undefined) return 'WRONG_FORMAT';
    if (typeof fields['ticket'] === 'string') hasTicket = true;
    else if (fields['type'] === 'myOrder') orders = new Set(codes);
    else if (fields['type'] === 'myAsset' && codes.length === 0) assets = true;
    else if (fields['format'] !== 'DEFAULT') return 'WRONG_FORMAT';
  }
  if (!hasTicket) return 'NO_TICKET';
  return orders === undefined && !assets ? 'NO_TYPE' : { orders, assets };
}
