import type { Clock } from '@ats/runtime';
import type {
  ConnectionHandler,
  VenueAccounts,
  VenueAnswer,
  VenueConnection,
} from '../../../app/dialect-server.ts';
import { Budget } from '../shared/budget.ts';
import { toMillis } from '../shared/numbers.ts';
import { asFields, type Fields, parseJson } from '../shared/parse.ts';
import { failure, mandatory } from './errors.ts';
import { Keepalive } from './keepalive.ts';
import { authenticateParams, isSigned } from './private-auth.ts';
import { reportEvents } from './report-frames.ts';

const REQUESTS_PER_MINUTE_MAX = 3000;
/** Most user data streams of one connection. */
const SUBSCRIPTIONS_MAX = 1000;

interface Result {
  readonly result: Fields;
}

/**
 * One connection to the WebSocket API at `/ws-api/v3`: the user data streams of accounts.
 * Source: binance-spot-api-docs, web-socket-api.md.
 */
export class BinanceApiSession implements ConnectionHandler {
  private readonly connection: VenueConnection;
  private readonly accounts: VenueAccounts;
  private readonly clock: Clock;
  private readonly keepalive: Keepalive;
  private readonly requests: Budget;
  private readonly onEnd: (session: BinanceApiSession) => void;
  private readonly subscriptions = new Map<number, () => void>();
  private subscriptionCount = 0;

  constructor(setup: {
    readonly connection: VenueConnection;
    readonly accounts: VenueAccounts;
    readonly clock: Clock;
    readonly onEnd: (session: BinanceApiSession) => void;
  }) {
    const { clock } = setup;
    this.connection = setup.connection;
    this.accounts = setup.accounts;
    this.clock = clock;
    this.onEnd = setup.onEnd;
    this.keepalive = new Keepalive(setup.connection, clock);
    this.requests = new Budget({ limit: REQUESTS_PER_MINUTE_MAX, windowMs: 60_000, clock });
  }

  onText(text: string): void {
    const request = asFields(parseJson(text));
    const id = request?.['id'] ?? null;
    const answer =
      request === undefined ? failure(-1135, 'Invalid JSON Request.') : this.answerTo(request);
    if ('result' in answer) this.send({ id, status: 200, ...answer });
    else this.send({ id, status: answer.status, error: parseJson(answer.body) });
  }

  onPong(): void {
    this.keepalive.ponged();
  }

  tick(): void {
    this.keepalive.tick();
  }

  onClose(): void {
    for (const stop of this.subscriptions.values()) stop();
    this.subscriptions.clear();
    this.onEnd(this);
  }

  private answerTo(request: Fields): Result | VenueAnswer {
    if (!this.requests.take()) {
      return failure(-1003, 'Too many requests; please use the websocket for live updates.', 429);
    }
    switch (request['method']) {
      case 'ping':
        return { result: {} };
      case 'time':
        return { result: { serverTime: toMillis(this.clock.nowUs()) } };
      case 'userDataStream.subscribe.signature':
        return this.subscribe(asFields(request['params']) ?? {});
      case 'userDataStream.unsubscribe':
        return this.unsubscribe(asFields(request['params']) ?? {});
      default:
        return failure(-1100, 'Method is not supported.');
    }
  }

  private subscribe(fields: Fields): Result | VenueAnswer {
    const entries = Object.entries(fields).map(([name, value]) => [name, String(value)]);
    const params = new URLSearchParams(entries as [string, string][]);
    const { accounts, clock } = this;
    const signed = authenticateParams(params, { accounts, clock });
    if (!isSigned(signed)) return signed;
    if (this.subscriptions.size >= SUBSCRIPTIONS_MAX) {
      return failure(-1034, 'Too many user data stream subscriptions.');
    }
    const subscriptionId = this.subscriptionCount;
    this.subscriptionCount += 1;
    const stop = signed.key.listen((report) => {
      for (const event of reportEvents(report, this.clock.nowUs())) {
        this.send({ subscriptionId, event });
      }
    });
    this.subscriptions.set(subscriptionId, stop);
    return { result: { subscriptionId } };
  }

  /** One stream, or all of the connection's when none is named. */
  private unsubscribe({ subscriptionId }: Fields): Result | VenueAnswer {
    const ids = subscriptionId === undefined ? [...this.subscriptions.keys()] : [subscriptionId];
    for (const id of ids) {
      const stop = this.subscriptions.get(Number(id));
      if (stop === undefined) return mandatory('subscriptionId');
      stop();
      this.subscriptions.delete(Number(id));
    }
    return { result: {} };
  }

  private send(message: Fields): void {
    this.connection.send(JSON.stringify(message), 'control');
  }
}
