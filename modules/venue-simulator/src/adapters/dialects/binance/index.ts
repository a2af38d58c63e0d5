import type { DialectServer } from '../../../app/dialect-server.ts';
import { percentDecoded } from '../shared/parse.ts';
import { Sessions } from '../shared/sessions.ts';
import { BinancePrivateRest } from './private-rest.ts';
import { BinanceRest, tooManyRequests, WEIGHT_PER_MINUTE } from './rest.ts';
import { BinanceSession } from './session.ts';
import { BinanceStreams, TICK_MS } from './streams.ts';

/**
 * Binance spot: `/ws` and `/stream` market streams, `/api/v3` market data, accounts and orders.
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
    const sessions = new Sessions<BinanceSession>(timers, TICK_MS, () => streams.tick());
    return {
      handle(request) {
        const weight = signed.weightOf(request);
        if (weight === undefined) return rest.handle(request);
        return rest.charged(request, weight, () => signed.handle(request));
      },
      accepts: (path) => /^\/(ws|stream)(\/|$)/.test(path),
      connect(connection) {
        const [, root, ...names] = connection.path.split('/');
        const session = new BinanceSession({
          connection,
          streams,
          clock,
          combined: root === 'stream',
          onEnd: (ended) => sessions.delete(ended),
        });
        sessions.add(session);
        const asked = (connection.query.get('streams') ?? '').split('/');
        const wanted = root === 'ws' ? names.map(percentDecoded) : asked;
        session.open(wanted.filter((name) => name !== ''));
        return session;
      },
      rateLimitAnswer: () => tooManyRequests(1, WEIGHT_PER_MINUTE + 1),
      maintenanceAnswer: () => ({
        status: 503,
        body: '{"code":-1016,"msg":"This service is no longer available."}',
      }),
      async close() {
        sessions.close();
        streams.close();
      },
    };
  },
};
