import { coinbaseServer } from '../../src/adapters/dialects/coinbase/index.ts';
import { recordedMessages, shapeOf } from './recorded.ts';
import { type Bench, bench, levelsOf, PlainBook } from './support.ts';

const SHAPES = [
  {
    symbol: 'BTC-USD',
    base: 'BTC',
    quote: 'USD',
    tick: '0.01',
    step: '0.00000001',
    middleTicks: 9_700_000,
  },
  {
    symbol: 'XRP-USD',
    base: 'XRP',
    quote: 'USD',
    tick: '0.0001',
    step: '0.000001',
    middleTicks: 5234,
  },
] as const;

interface Message {
  readonly type: string;
  readonly product_id?: string;
  readonly bids?: readonly [string, string][];
  readonly asks?: readonly [string, string][];
  readonly changes?: readonly [string, string, string][];
  readonly trade_id?: number;
  readonly side?: string;
}

const PATH = '/exchange';
const start = (): Bench => bench(coinbaseServer, SHAPES);
const subscribe = (channels: unknown[], product_ids = ['BTC-USD'], type = 'subscribe'): string =>
  JSON.stringify({ type, product_ids, channels });

describe('coinbase exchange', () => {
  it.each(['level2', 'level2_batch'])('rebuilds the book from %s', (channel) => {
    const { connect, run, market } = start();
    const { connection, handler } = connect(PATH);
    handler.onText(subscribe([channel]));
    run(400);
    const book = new PlainBook();
    for (const { bids = [], asks = [], changes = [] } of connection.takeJson<Message>()) {
      for (const [price, size] of bids) book.set('bids', Number(price), Number(size));
      for (const [price, size] of asks) book.set('asks', Number(price), Number(size));
      for (const [side, price, size] of changes) {
        book.set(side === 'buy' ? 'bids' : 'asks', Number(price), Number(size));
      }
    }
    expect(book.sorted('bids')).toEqual(levelsOf(market, 'bids'));
    expect(book.sorted('asks')).toEqual(levelsOf(market, 'asks'));
  });

  it('acknowledges before the first messages and takes products per channel', () => {
    const { connect, run } = start();
    run(50);
    const { connection, handler } = connect(PATH);
    handler.onText(subscribe(['level2', { name: 'matches', product_ids: ['XRP-USD'] }]));
    const [ack, ...rest] = connection.takeJson<Message>();
    expect(ack).toEqual({
      type: 'subscriptions',
      channels: [
        { name: 'level2', product_ids: ['BTC-USD'] },
        { name: 'matches', product_ids: ['XRP-USD'] },
      ],
    });
    expect(rest.map(({ type, product_id }) => [type, product_id])).toEqual([
      ['snapshot', 'BTC-USD'],
      ['last_match', 'XRP-USD'],
    ]);
    handler.onText(subscribe(['level2'], ['BTC-USD'], 'unsubscribe'));
    connection.take();
    run(100);
    expect(new Set(connection.takeJson<Message>().map(({ type }) => type))).toEqual(
      new Set(['match']),
    );
  });

  it('numbers trades without gaps; a match has the maker’s side, a ticker the taker’s', () => {
    const { connect, run, market } = start();
    const { connection, handler } = connect(PATH);
    handler.onText(subscribe(['matches', 'ticker']));
    run(200);
    const messages = connection.takeJson<Message>();
    const sides = (type: string) =>
      messages
        .filter((message) => message.type === type)
        .map(({ trade_id, side }) => [trade_id, side]);
    expect(sides('match')).toEqual(
      market.recentTrades.map(({ tradeId, aggressor }) => [
        tradeId,
        aggressor === 'bid' ? 'sell' : 'buy',
      ]),
    );
    expect(sides('ticker')).toEqual(
      market.recentTrades.map(({ tradeId, aggressor }) => [
        tradeId,
        aggressor === 'bid' ? 'buy' : 'sell',
      ]),
    );
  });

  it('beats each second for each product', () => {
    const { connect, timers } = start();
    const { connection, handler } = connect(PATH);
    handler.onText(subscribe(['heartbeat'], ['BTC-USD', 'XRP-USD']));
    connection.take();
    timers.advance(3000);
    const products = connection.takeJson<Message>().map(({ product_id }) => product_id);
    expect(products).toEqual(['BTC-USD', 'XRP-USD', 'BTC-USD', 'XRP-USD', 'BTC-USD', 'XRP-USD']);
  });

  it.each([
    [subscribe(['level2'], ['FOO-BAR']), 'Failed to subscribe', 'FOO-BAR is not a valid product'],
    [subscribe(['dance']), 'Failed to subscribe', 'dance is not a valid channel'],
    [
      subscribe(['heartbeat'], []),
      'Failed to subscribe',
      'You need to specify at least one product ID for channel heartbeat',
    ],
    ['][', 'Malformed JSON', 'not a JSON object'],
  ])('answers %s with %s', (text, message, reason) => {
    const { connection, handler } = start().connect(PATH);
    handler.onText(text);
    expect(connection.takeJson()).toEqual([{ type: 'error', message, reason }]);
  });

  it('has the fields of recorded frames', () => {
    const recorded = recordedMessages('coinbase-exchange-2021-04-17') as Message[] | undefined;
    if (recorded === undefined) return;
    const { connect, run } = start();
    run(50);
    const { connection, handler } = connect(PATH);
    handler.onText(subscribe(['level2', 'matches', 'ticker']));
    run(200);
    const ours = connection.takeJson<Message>();
    // Fields that the exchange has added since the recording.
    const added = ['best_bid_size:string', 'best_ask_size:string'];
    for (const type of new Set(recorded.map((message) => message.type))) {
      const shape = (messages: readonly Message[]): string[] =>
        shapeOf(messages.find((message) => message.type === type)).filter(
          (field) => !added.includes(field) && !(type === 'snapshot' && field === 'time:string'),
        );
      expect([type, shape(ours)]).toEqual([type, shape(recorded)]);
    }
  });
});
