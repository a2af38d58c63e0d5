import type { DialectServer } from '../../../app/dialect-server.ts';
import { toMillis } from '../shared/numbers.ts';
import { percentDecoded } from '../shared/parse.ts';
import { Sessions } from '../shared/sessions.ts';
import { BinanceApiSession } from './api-session.ts';
import { BinancePrivateRest } from './private-rest.ts';
import { BAN_MS, BinanceRest, banned, tooManyRequests, WEIGHT_PER_MINUTE } from './rest.ts';
import { BinanceSession } from './session.ts';
import { BinanceStreams, TICK_MS } from './streams.ts';

const API_PATH = '/ws-api/v3';

/**
 * Binance spot: `/ws-api/v3` user data streams, `/ws` and `/stream` market streams, `/api/v3`
 * market data, accounts and orders.
 * Source: binance-spot-api-docs, web-socket-streams.md and rest-api.md.
 */
export const binanceServer: DialectServer = {
  venue: 'binance',
  webSocketPath: '/stream',
  clientIdRule: 'when-done',
  attach(venue, { clock, timers, accounts }) {
    const streams = new BinanceStreams(venue, clock);
    const rest = new BinanceRest(venue, clock);
    const signed = new BinancePrivateRest({ venue, clock, accounts });
    const sessions = new Sessions<BinanceSession | BinanceApiSession>(timers, TICK_MS, () =>
      streams.tick(),
    );
    return {
      handle(request) {
        const weight = signed.weightOf(request);
        if (weight === undefined) return rest.handle(request);
        return rest.charged(request, weight, () => signed.handle(request));
      },
      requestKind: (request) => signed.kindOf(request),
      accepts: (path) => path === API_PATH || /^\/(ws|stream)(\/|$)/.test(path),
      connect(connection) {
        const onEnd = (ended: BinanceSession | BinanceApiSession) => sessions.delete(ended);
        if (connection.path === API_PATH) {
          const session = new BinanceApiSession({ connection, accounts, clock, onEnd });
          sessions.add(session);
          return session;
        }
        const [, root, ...names] = connection.path.split('/');
        const session = new BinanceSession({
          connection,
          streams,
          clock,
          combined: root === 'stream',
          onEnd,
        });
        sessions.add(session);
        const asked = (connection.query.get('streams') ?? '').split('/');
        const wanted = root === 'ws' ? names.map(percentDecoded) : asked;
        session.open(wanted.filter((name) => name !== ''));
        return session;
      },
      rateLimitAnswer: () => tooManyRequests(1, WEIGHT_PER_MINUTE + 1),
      banAnswer: () => banned(toMillis(clock.nowUs()) + BAN_MS, BAN_MS / 1000),
      maintenanceAnswer: () => ({
        status: 503,
        body: '{"code":1,"msg":"System is under maintenance."}',
      }),
      async close() {
        sessions.close();
        streams.close();
      },
    };
  },
};
