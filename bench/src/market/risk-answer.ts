import type { LoadedConfig } from '@ats/runtime';
import { systemTimers } from '@ats/runtime';
import { type Figure, figure } from '../report.ts';
import { benchBook, benchPrice, openDecisionSystem } from './system.ts';

/**
 * Frame to risk answer in one process: a book arrives that makes a price difference pay, the
 * engine finds it, values it exactly and risk answers. The difference closes and opens again.
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
  const answers = (): number => system.engine.stats().latencyUs.frameToRiskAnswer.count;
  for (let round = 0; answers() < options.opportunities; round += 1) {
    for (const book of books) {
      book.touch(1);
      system.publish(book.event);
    }
    cheap.touch(0.985);
    system.publish(cheap.event);
    // Risk bounds its rate; the pause keeps within it, as life does.
    await systemTimers.sleep(25);
    if (round > 20 * options.opportunities) throw new Error('risk was not asked often enough');
  }
  const { frameToRiskAnswer } = system.engine.stats().latencyUs;
  await system.close();
  return figure({
    name: 'frame to risk answer, embedded, p50',
    unit: 'us',
    value: frameToRiskAnswer.p50,
    floorName: 'raw gRPC stream round trip',
    floor: options.grpcUs,
    target: { atMost: 0.4 },
  });
}
