import { bitfinexDialect } from '../../src/adapters/dialects/bitfinex.ts';
import { Player } from '../dialects/recording-sink.ts';

/** A number garbled upwards right after a gap was believed: all that came was behind it. */
test('a number that was garbled after a gap does not silence a connection', () => {
  const player = new Player(bitfinexDialect);
  const session = player.session(0);
  session.onSent(JSON.stringify({ event: 'conf', flags: 65_536 + 131_072 }));
  const say = (text: string) => session.onText(text, 0);
  const subscribed = { event: 'subscribed', channel: 'book', chanId: 7, symbol: 'tBTCUST' };
  say(JSON.stringify({ ...subscribed, prec: 'P0', len: '25' }));
  const heartbeat = (number: number) => say(`[7,"hb",${number}]`);
  heartbeat(1);
  heartbeat(3);
  heartbeat(9_000_004);
  for (let number = 5; number < 60; number += 1) heartbeat(number);
  expect(player.sink.gaps.length).toBe(2);
  say('[7,[[100,1,2],[101,1,-2]],60]');
  expect(player.sink.known('tBTCUST').book.bids.depth).toBe(1);
});
