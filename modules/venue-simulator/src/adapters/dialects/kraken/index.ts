import type { DialectServer } from '../../../app/dialect-server.ts';
import { Sessions } from '../shared/sessions.ts';
import { V1Channels } from './channels-v1.ts';
import { V2Channels } from './channels-v2.ts';
import { KrakenPairs } from './names.ts';
import { KrakenPrivateRest } from './private-rest.ts';
import { KrakenRest, RATE_LIMITED, UNAVAILABLE } from './rest.ts';
import { KrakenV1Session } from './session-v1.ts';
import { KrakenV2Session } from './session-v2.ts';

const HEARTBEAT_MS = 1000;
/** Answered in maintenance too: it is what says so. */
const STATUS_PATH = '/0/public/SystemStatus';

/** Kraken spot: WebSocket v2 at `/v2`, v1 at `/`, REST at `/0/public` and `/0/private`. */
export const krakenServer: DialectServer = {
  venue: 'kraken',
  webSocketPath: '/v2',
  clientIdRule: 'when-done',
  attach(venue, { clock, timers, faults, accounts }) {
    const pairs = new KrakenPairs(venue);
    const v1 = new V1Channels(clock);
    const v2 = new V2Channels(pairs, clock);
    const status = () => (faults.maintenance ? 'maintenance' : 'online');
    const rest = new KrakenRest({ pairs, clock, status });
    const signed = new KrakenPrivateRest({ pairs, clock, accounts });
    const sessions = new Sessions<KrakenV1Session | KrakenV2Session>(timers, HEARTBEAT_MS);
    return {
      handle: (request) => signed.handle(request) ?? rest.handle(request),
      accepts: (path) => path === '/v2' || path === '/',
      connect(connection) {
        const onEnd = (session: KrakenV1Session | KrakenV2Session) => sessions.delete(session);
        const shared = { connection, pairs, system: status(), onEnd } as const;
        const session =
          connection.path === '/v2'
            ? new KrakenV2Session({ ...shared, channels: v2, clock })
            : new KrakenV1Session({ ...shared, channels: v1 });
        sessions.add(session);
        return session;
      },
      rateLimitAnswer: () => RATE_LIMITED,
      maintenanceAnswer: (request) =>
        request.path === STATUS_PATH ? (rest.handle(request) ?? UNAVAILABLE) : UNAVAILABLE,
      async close() {
        sessions.close();
        v1.close();
        v2.close();
      },
    };
  },
};
