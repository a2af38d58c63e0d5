import type { DialectServer } from '../../../app/dialect-server.ts';
import { Sessions } from '../shared/sessions.ts';
import { uuidOf } from '../shared/uuid.ts';
import { CoinbaseChannels } from './channels.ts';
import { ExchangeChannels } from './exchange-channels.ts';
import { ExchangeSession } from './exchange-session.ts';
import { CoinbaseAuthenticator } from './private-auth.ts';
import { CoinbasePrivateRest } from './private-rest.ts';
import { CoinbaseRest, RATE_LIMITED, UNAVAILABLE } from './rest.ts';
import { CoinbaseSession } from './session.ts';

const HEARTBEAT_MS = 1000;
/** The older generation has a host of its own in life; here it has a path. */
const EXCHANGE_PATH = '/exchange';

/** Coinbase: Advanced Trade at `/` and its REST, signed too; the Exchange feed at `/exchange`. */
export const coinbaseServer: DialectServer = {
  venue: 'coinbase',
  webSocketPath: '/',
  clientIdRule: 'never',
  orderId: (orderNumber) => uuidOf('order', orderNumber),
  tradeId: ({ number }) => uuidOf('trade', number),
  attach(venue, { clock, timers, accounts }) {
    const advanced = new CoinbaseChannels(clock);
    const exchange = new ExchangeChannels(clock);
    const rest = new CoinbaseRest(venue, clock);
    const authenticator = new CoinbaseAuthenticator(accounts, clock);
    const signed = new CoinbasePrivateRest({ venue, clock, authenticator });
    const sessions = new Sessions<CoinbaseSession | ExchangeSession>(timers, HEARTBEAT_MS);
    return {
      handle: (request) => signed.handle(request) ?? rest.handle(request),
      requestKind: (request) => signed.kindOf(request),
      accepts: (path) => path === '/' || path === EXCHANGE_PATH,
      connect(connection) {
        const onEnd = (ended: CoinbaseSession | ExchangeSession) => sessions.delete(ended);
        const shared = { connection, venue, clock, onEnd };
        const session =
          connection.path === EXCHANGE_PATH
            ? new ExchangeSession({ ...shared, channels: exchange })
            : new CoinbaseSession({ ...shared, channels: advanced, authenticator });
        sessions.add(session);
        return session;
      },
      rateLimitAnswer: () => RATE_LIMITED,
      maintenanceAnswer: () => UNAVAILABLE,
      async close() {
        sessions.close();
        advanced.close();
        exchange.close();
      },
    };
  },
};
