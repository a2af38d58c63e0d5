import type {
  ConnectionHandler,
  DialectServer,
  VenueConnection,
} from '../../src/app/dialect-server.ts';

/**
 * The smallest dialect there can be: at `/letters` it answers every text with a data frame for
 * each of its letters, and at `/numbers` it tells the sequence number of every batch.
 */
export function letterDialect(venue: string): DialectServer {
  return {
    venue,
    webSocketPath: '/letters',
    attach: (market, deps) => ({
      handle: (request) => {
        if (request.path === '/time') return { status: 200, body: String(deps.clock.nowUs()) };
        if (request.path !== '/echo') return undefined;
        const headers = { 'x-query': request.query.toString() };
        return { status: 200, headers, body: request.body };
      },
      accepts: (path) => path === '/letters' || path === '/numbers',
      connect: (connection) =>
        connection.path === '/letters' ? letters(connection) : numbers(connection, market.markets),
      rateLimitAnswer: () => ({ status: 418, body: 'teapot' }),
      close: async () => {},
    }),
  };
}

function letters(connection: VenueConnection): ConnectionHandler {
  return {
    onText(text) {
      if (text === 'throw') throw new Error('a dialect that fails');
      const repeat = text.startsWith('flood ') ? Number(text.slice(6)) : 0;
      if (repeat > 0) connection.send('x'.repeat(repeat), 'data');
      else for (const letter of text) connection.send(letter, 'data');
    },
    onMaintenance: (active) => connection.send(active ? 'maintenance' : 'back', 'control'),
    onClose() {},
  };
}

function numbers(
  connection: VenueConnection,
  markets: Parameters<DialectServer['attach']>[0]['markets'],
): ConnectionHandler {
  const ends = [...markets.values()].map((market) =>
    market.onBatch((batch) => connection.send(String(batch.timeUs), 'data')),
  );
  return {
    onText() {},
    onClose() {
      for (const end of ends) end();
    },
  };
}
