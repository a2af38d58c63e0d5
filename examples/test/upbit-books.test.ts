import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { replayFrames } from '@ats/price-collector';
import { systemClock, systemTimers } from '@ats/runtime';
import { dialect } from '../exchanges/upbit-books.ts';

const unit = (price: number) => ({
  ...{ bid_price: price - 1000, bid_size: 0.5, ask_price: price + 1000, ask_size: 0.25 },
});
const book = (units: unknown) =>
  JSON.stringify({
    ...{ type: 'orderbook', code: 'KRW-BTC', timestamp: 1_780_000_000_000 },
    orderbook_units: units,
  });

/** A recording of one connection on which these texts came. @returns its summary */
function replay(...texts: readonly string[]) {
  const file = join(mkdtempSync(join(tmpdir(), 'ats-upbit-')), 'recording.jsonl');
  const frames = [
    { k: 'open', u: 'wss://api.upbit.com/websocket/v1' },
    { k: 'out', m: '[{"ticket":"books"},{"type":"orderbook","codes":["KRW-BTC"]}]' },
    ...texts.map((m) => ({ k: 'in', m })),
  ].map((frame, at) => ({ t: `${1_780_000_000 + at}000000000`, v: 'upbit', c: 1, ...frame }));
  writeFileSync(file, `${frames.map((frame) => JSON.stringify(frame)).join('\n')}\n`);
  return replayFrames({
    ...{ file, dialects: [dialect], clock: systemClock, timers: systemTimers },
  });
}

describe('the adapter for the books of Upbit', () => {
  it('makes a whole book of each message', async () => {
    const { books } = await replay(book([unit(130_000_000)]), book([unit(131_000_000)]));
    expect(Object.values(books)).toEqual([
      { bids: [['130999000', '0.5']], asks: [['131001000', '0.25']] },
    ]);
  });

  it.each([
    ['is not JSON', '{', 'malformed'],
    ['has a size below 0', book([{ ...unit(130_000_000), ask_size: -1 }]), 'malformed'],
  ])('counts a message that %s, and throws nothing', async (_, text, kind) => {
    const { messages } = await replay(book([unit(130_000_000)]), text);
    expect(messages).toMatchObject({ [kind]: 1 });
  });
});
