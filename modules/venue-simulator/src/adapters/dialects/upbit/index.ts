import type { DialectServer } from '../../../app/dialect-server.ts';
import { Sessions } from '../shared/sessions.ts';
import { uuidOf } from '../shared/uuid.ts';
import { UpbitChannels } from './channels.ts';
import { UpbitAuthenticator } from './private-auth.ts';
import { UpbitPrivateRest } from './private-rest.ts';
import { UpbitPrivateSession } from './private-session.ts';
import { RATE_LIMITED, UNAVAILABLE, UpbitRest } from './rest.ts';
import { UpbitSession } from './session.ts';

const IDLE_CHECK_MS = 1000;
const PATH = '/websocket/v1';
const PRIVATE_PATH = '/websocket/v1/private';

/** Upbit: WebSocket at `/websocket/v1` and its `/private`, quotation and exchange REST at `/v1`. */
export const upbitServer: DialectServer = {
  venue: 'upbit',
  webSocketPath: PATH,
  clientIdRule: 'never',
  orderId: (orderNumber) => uuidOf('order', orderNumber),
  tradeId: ({ number }) => uuidOf('trade', number),
  attach(venue, { clock, timers, accounts }) {
    const channels = new UpbitChannels(clock);
    const rest = new UpbitRest(venue, clock);
    const authenticator = new UpbitAuthenticator(accounts);
    const signed = new UpbitPrivateRest({ markets: venue.markets, clock, authenticator });
    const sessions = new Sessions<UpbitSession | UpbitPrivateSession>(timers, IDLE_CHECK_MS);
    return {
      handle: (request) => signed.handle(request) ?? rest.handle(request),
      requestKind: (request) => signed.kindOf(request),
      accepts: (path) => path === PATH || path === PRIVATE_PATH,
      authorizes: ({ path, headers }) =>
        path === PATH || authenticator.keyOf(headers) !== undefined,
      connect(connection) {
        const onEnd = (ended: UpbitSession | UpbitPrivateSession) => sessions.delete(ended);
        const isPrivate = connection.path === PRIVATE_PATH;
        const key = isPrivate ? authenticator.keyOf(connection.headers ?? {}) : undefined;
        const session =
          key === undefined
            ? new UpbitSession({ connection, venue, channels, clock, onEnd })
            : new UpbitPrivateSession({ connection, key, clock, onEnd });
        sessions.add(session);
        return session;
      },
      rateLimitAnswer: () => RATE_LIMITED,
      banAnswer: () => ({ ...RATE_LIMITED, status: 418 }),
      maintenanceAnswer: () => UNAVAILABLE,
      async close() {
        sessions.close();
        channels.close();
      },
    };
  },
};
