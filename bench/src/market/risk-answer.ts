import type { LoadedConfig } from '@ats/runtime';
import { LatencyRecorder } from '@ats/runtime';
import { type Figure, figure } from '../report.ts';
import { BACK_TO_BACK_MS, pause } from './floors.ts';
import { benchBook, benchPrice, openDecisionSystem } from './system.ts';

/** Answers that are not counted: the first ones run code that is not compiled yet. */
const WARM_UP_ANSWERS = 3000;

/** Other markets' books are sent again this often, long before they are too old. */
const REFRESH_ROUNDS = 50;

/**
 * Frame to risk answer in one process. Back to back, as the floor's raw round trips are made, books
 * of one market arrive; every other one makes price differences to other venues pay. The engine
 * finds them, values the best exactly and asks risk about it first: from the frame to that answer
 * counts. The first answers of the run are left out.
 */
export async function benchRiskAnswer(options: {
  readonly loaded: LoadedConfig;
  readonly opportunities: number;
  readonly grpcUs: number;
}): Promise<Figure> {
  const system = await openDecisionSystem(options.loaded);
  const books = system.listings.map((listing) => benchBook(listing, benchPrice(listing)));
  const cheap = books.find(
    ({ event }) => event.venue === 'binance' && event.instrument === 'BTC/USDT',
  );
  if (cheap === undefined) throw new Error('the default configuration lists BTC/USDT on binance');
  const recorder = new LatencyRecorder();
  let frames = 0;
  let lastFrameUs = 0;
  system.engine.onOpportunity(({ opportunity: { times } }) => {
    // Later lines tell of the same frame's other edges, or of an edge's end.
    if (times.riskAnsweredAtUs === 0 || times.frameAtUs <= lastFrameUs) return;
    lastFrameUs = times.frameAtUs;
    frames += 1;
    if (frames > WARM_UP_ANSWERS) recorder.record(times.riskAnsweredAtUs - times.frameAtUs);
  });
  const roundsMax = 20 * (WARM_UP_ANSWERS + options.opportunities);
  for (let round = 0; recorder.count < options.opportunities; round += 1) {
    if (round % REFRESH_ROUNDS === 0) {
      for (const book of books) {
        book.touch(1);
        system.publish(book.event);
      }
    }
    await pause(BACK_TO_BACK_MS);
    cheap.touch(1);
    system.publish(cheap.event);
    await pause(BACK_TO_BACK_MS);
    cheap.touch(0.985);
    system.publish(cheap.event);
    if (round > roundsMax) throw new Error('risk was not asked often enough');
  }
  await system.close();
  return figure({
    name: 'frame to risk answer, embedded, p50',
    unit: 'us',
    value: recorder.quantile(0.5),
    floorName: 'raw gRPC stream round trip',
    floor: options.grpcUs,
    target: { atMost: 0.4 },
  });
}
