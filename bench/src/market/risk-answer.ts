import type { LoadedConfig } from '@ats/runtime';
import { LatencyRecorder, systemTimers } from '@ats/runtime';
import { type Figure, figure } from '../report.ts';
import { PACE_MS } from './floors.ts';
import { benchBook, benchPrice, openDecisionSystem } from './system.ts';

/** Answers that are not counted: the first ones run code that is not compiled yet. */
const WARM_UP_ANSWERS = 60;

/**
 * Frame to risk answer in one process. Every `PACE_MS` a book of one market arrives, as raw round
 * trips of the floor are made. Once in a round of all markets the book makes price differences to
 * the four other venues pay: the engine finds them, values each exactly and asks risk about one
 * after the other. Each answer counts from the frame on, so that the later ones include the work
 * on those before. The first answers are left out.
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
  let answers = 0;
  let lastAnswerUs = 0;
  system.engine.onOpportunity(({ opportunity: { times } }) => {
    // Lines that end an edge tell its answer once more.
    if (times.riskAnsweredAtUs <= lastAnswerUs) return;
    lastAnswerUs = times.riskAnsweredAtUs;
    answers += 1;
    if (answers > WARM_UP_ANSWERS) recorder.record(times.riskAnsweredAtUs - times.frameAtUs);
  });
  for (let round = 0; recorder.count < options.opportunities; round += 1) {
    for (const book of books) {
      await systemTimers.sleep(PACE_MS);
      book.touch(1);
      system.publish(book.event);
    }
    await systemTimers.sleep(PACE_MS);
    cheap.touch(0.985);
    system.publish(cheap.event);
    if (round > 20 * options.opportunities) throw new Error('risk was not asked often enough');
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
