import type { DialectServer, VenueRequest } from '../../../app/dialect-server.ts';
import { Sessions } from '../shared/sessions.ts';
import { BitfinexChannels } from './channels.ts';
import { IN_MAINTENANCE } from './errors.ts';
import { BitfinexAuthenticator } from './private-auth.ts';
import {
  BitfinexPrivateRest,
  kindOf,
  RATE_LIMITED as PRIVATE_RATE_LIMITED,
} from './private-rest.ts';
import { BitfinexRest, RATE_LIMITED, UNAVAILABLE } from './rest.ts';
import { BitfinexSession } from './session.ts';

const HEARTBEAT_CHECK_MS = 1000;
const PATH = '/ws/2';

const isPrivate = ({ path }: VenueRequest): boolean => path.startsWith('/v2/auth/');

/** Bitfinex: WebSocket at `/ws/2`, REST at `/v2`, signed below `/v2/auth`. */
export const bitfinexServer: DialectServer = {
  venue: 'bitfinex',
  webSocketPath: PATH,
  clientIdRule: 'next-day',
  attach(venue, { clock, timers, faults, accounts }) {
    const channels = new BitfinexChannels();
    const operative = () => !faults.maintenance;
    const rest = new BitfinexRest({ venue, clock, operative });
    const authenticator = new BitfinexAuthenticator(accounts);
    const signed = new BitfinexPrivateRest({ venue, clock, authenticator });
    const sessions = new Sessions<BitfinexSession>(timers, HEARTBEAT_CHECK_MS);
    return {
      handle: (request) => (isPrivate(request) ? signed.handle(request) : rest.handle(request)),
      requestKind: kindOf,
      accepts: (path) => path === PATH,
      connect(connection) {
        const session = new BitfinexSession({
          connection,
          venue,
          channels,
          clock,
          authenticator,
          operative: operative(),
          onEnd: (ended) => sessions.delete(ended),
        });
        sessions.add(session);
        return session;
      },
      rateLimitAnswer: (request) => (isPrivate(request) ? PRIVATE_RATE_LIMITED : RATE_LIMITED),
      maintenanceAnswer(request) {
        if (request.path === '/v2/platform/status') return { status: 200, body: '[0]' };
        return isPrivate(request) ? IN_MAINTENANCE : UNAVAILABLE;
      },
      async close() {
        sessions.close();
        channels.close();
      },
    };
  },
};
