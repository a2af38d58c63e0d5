import type { DialectServer } from '../../../app/dialect-server.ts';
import { Sessions } from '../shared/sessions.ts';
import { V1Channels } from './channels-v1.ts';
import { V2Channels } from './channels-v2.ts';
import { failure } from './errors.ts';
import { KrakenPairs } from './names.ts';
import { orderIdText, tradeIdText } from './private-frames.ts';
import { KrakenPrivateRest } from './private-rest.ts';
import { KrakenRest, RATE_LIMITED, UNAVAILABLE } from './rest.ts';
import { KrakenV1Session } from './session-v1.ts';
import { KrakenV2Session } from './session-v2.ts';
import { KrakenTokens } from './tokens.ts';

const HEARTBEAT_MS = 1000;
/** Answered in maintenance too: it is what says so. */
const STATUS_PATH = '/0/public/SystemStatus';

const LOCKED_OUT = failure('EGeneral:Temporary lockout');

/** Kraken spot: WebSocket v2 at `/v2`, v1 at `/`, REST at `/0/public` and `/0/private`. */
export const krakenServer: DialectServer = {
  venue: 'kraken',
  webSocketPath: '/v2',
  clientIdRule: 'when-done',
  orderId: orderIdText,
  tradeId: ({ number }) => tradeIdText(number),
  attach(venue, { clock, timers, faults, accounts }) {
    const pairs = new KrakenPairs(venue);
    const v1 = new V1Channels(clock);
    const v2 = new V2Channels(pairs, clock);
    const status = () => (faults.maintenance ? 'maintenance' : 'online');
    const rest = new KrakenRest({ pairs, clock, status });
    const tokens = new KrakenTokens(clock);
    const signed = new KrakenPrivateRest({ pairs, clock, accounts, tokens });
    const sessions = new Sessions<KrakenV1Session | KrakenV2Session>(timers, HEARTBEAT_MS);
    return {
      handle: (request) => signed.handle(request) ?? rest.handle(request),
      requestKind: (request) => signed.kindOf(request),
      accepts: (path) => path === '/v2' || path === '/',
      connect(connection) {
        const onEnd = (session: KrakenV1Session | KrakenV2Session) => sessions.delete(session);
        const shared = { connection, pairs, system: status(), onEnd } as const;
        const session =
          connection.path === '/v2'
            ? new KrakenV2Session({ ...shared, channels: v2, clock, tokens })
            : new KrakenV1Session({ ...shared, channels: v1 });
        sessions.add(session);
        return session;
      },
      rateLimitAnswer: () => RATE_LIMITED,
      banAnswer: () => LOCKED_OUT,
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
