import type { DialectServer } from '../../../app/dialect-server.ts';
import { Sessions } from '../shared/sessions.ts';
import { CoinbaseChannels } from './channels.ts';
import { CoinbaseRest, RATE_LIMITED, UNAVAILABLE } from './rest.ts';
import { CoinbaseSession } from './session.ts';

const HEARTBEAT_MS = 1000;

/** Coinbase Advanced Trade: WebSocket at `/`, REST at `/api/v3/brokerage/market`. */
export const coinbaseServer: DialectServer = {
  venue: 'coinbase',
  webSocketPath: '/',
  attach(venue, { clock, timers }) {
    const channels = new CoinbaseChannels(clock);
    const rest = new CoinbaseRest(venue, clock);
    const sessions = new Sessions<CoinbaseSession>(timers, HEARTBEAT_MS);
    return {
      handle: (request) => rest.handle(request),
      accepts: (path) => path === '/',
      connect(connection) {
        const session = new CoinbaseSession({
          connection,
          venue,
          channels,
          clock,
          onEnd: (ended) => sessions.delete(ended),
        });
        sessions.add(session);
        return session;
      },
      rateLimitAnswer: () => RATE_LIMITED,
      maintenanceAnswer: () => UNAVAILABLE,
      async close() {
        sessions.close();
        channels.close();
      },
    };
  },
};
