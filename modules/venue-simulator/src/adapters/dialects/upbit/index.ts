import type { DialectServer } from '../../../app/dialect-server.ts';
import { Sessions } from '../shared/sessions.ts';
import { UpbitChannels } from './channels.ts';
import { UpbitPrivateRest } from './private-rest.ts';
import { RATE_LIMITED, UNAVAILABLE, UpbitRest } from './rest.ts';
import { UpbitSession } from './session.ts';

const IDLE_CHECK_MS = 1000;
const PATH = '/websocket/v1';

/** Upbit: WebSocket at `/websocket/v1`, quotation and exchange REST at `/v1`. */
export const upbitServer: DialectServer = {
  venue: 'upbit',
  webSocketPath: PATH,
  clientIdRule: 'never',
  attach(venue, { clock, timers, accounts }) {
    const channels = new UpbitChannels(clock);
    const rest = new UpbitRest(venue, clock);
    const signed = new UpbitPrivateRest({ markets: venue.markets, clock, accounts });
    const sessions = new Sessions<UpbitSession>(timers, IDLE_CHECK_MS);
    return {
      handle: (request) => signed.handle(request) ?? rest.handle(request),
      accepts: (path) => path === PATH,
      connect(connection) {
        const session = new UpbitSession({
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
