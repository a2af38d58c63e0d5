import type { LoadedConfig } from '@ats/runtime';
import { medianCallUs } from '../measure.ts';
import { type Figure, figure } from '../report.ts';
import { benchBook, benchPrice, openDecisionSystem } from './system.ts';

const FRAME =
  '{"stream":"btcusdt@bookTicker","data":{"u":400900217,"s":"BTCUSDT","b":"97000.01000000","B":"0.31210000","a":"97000.02000000","A":"0.40660000"}}';

interface BookTicker {
  readonly data: { readonly b: string; readonly B: string; readonly a: string; readonly A: string };
}

/** JSON.parse of one Binance bookTicker frame and its four numbers. */
function parseFrame(sink: Float64Array): void {
  const { data } = JSON.parse(FRAME) as BookTicker;
  sink[0] = Number(data.b);
  sink[1] = Number(data.B);
  sink[2] = Number(data.a);
  sink[3] = Number(data.A);
}

/**
 * One change of the best prices of one of five venues, through the bus into the engine, until it
 * has decided. Prices wander inside the spread, as they mostly do; nothing is proposed.
 */
export async function benchDetection(options: {
  readonly loaded: LoadedConfig;
  readonly batches: number;
}): Promise<Figure> {
  const system = await openDecisionSystem(options.loaded);
  const books = system.listings.map((listing) => benchBook(listing, benchPrice(listing)));
  for (const book of books) {
    book.touch(1);
    system.publish(book.event);
  }
  const tops = books.filter(({ event }) => event.instrument.startsWith('BTC/'));
  const sink = new Float64Array(4);
  const batches = { batches: options.batches, callsPerBatch: 50 };
  const detect = (index: number): void => {
    // Between batches other markets must not age out: the first call of each refreshes them.
    if (index % batches.callsPerBatch === 0) {
      for (const book of books) {
        book.touch(1);
        system.publish(book.event);
      }
    }
    const book = tops[index % tops.length];
    if (book === undefined) return;
    book.touch(1 + ((index % 7) - 3) * 1e-5);
    system.publish(book.event);
  };
  // Warm both before either is measured; then in turn, so that drift of the machine hits both.
  medianCallUs({ ...batches, run: detect });
  medianCallUs({ ...batches, run: () => parseFrame(sink) });
  const floor = medianCallUs({ ...batches, run: () => parseFrame(sink) });
  const value = medianCallUs({ ...batches, run: detect });
  await system.close();
  return figure({
    name: 'detection per top-of-book change, 5 venues, p50',
    unit: 'us',
    value,
    floorName: 'JSON.parse of a bookTicker + 4 numbers',
    floor,
    target: { atMost: 3 },
  });
}
