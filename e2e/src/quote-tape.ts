import { once } from 'node:events';
import { createWriteStream } from 'node:fs';

const STEP_US = 10_000;
const BEGAN_US = 1_767_225_600_000_000;
const PRICE = 90_000;
/** How far apart two venues drift, and how long it takes them: enough to pay both fees. */
const APART = 0.006;
const PERIOD_STEPS = 3000;
const VENUES = ['binance', 'bitfinex'] as const;

/** Writes best prices of two venues that drift apart and together, for `ats data import`. */
export async function writeQuoteTape(file: string, { rows }: { rows: number }): Promise<void> {
  const out = createWriteStream(file);
  out.write('venue,instrument,received_at_us,bid,bid_size,ask,ask_size\n');
  for (let row = 0; row < rows; row += 1) {
    const step = Math.floor(row / VENUES.length);
    const venue = VENUES[row % VENUES.length];
    const apart = venue === 'binance' ? 0 : APART * Math.sin((2 * Math.PI * step) / PERIOD_STEPS);
    const middle = PRICE * (1 + apart);
    const prices = `${(middle - 0.5).toFixed(2)},1.5,${(middle + 0.5).toFixed(2)},1.5`;
    const taken = out.write(`${venue},BTC/USDT,${BEGAN_US + step * STEP_US},${prices}\n`);
    if (!taken) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
}
