import {
  accountId,
  type BookTop,
  Decimal,
  type Listing,
  type Opportunity,
  type RiskAnswer,
} from '@ats/domain';
import type { Clock, Logger } from '@ats/runtime';
import type { CrossExchangeSettings } from '../domain/settings.ts';
import type { StrategyFactory } from '../domain/strategy.ts';
import { intentsOf } from '../domain/trade/trade-intent.ts';
import { Engine } from './engine.ts';

/** Longest that warming up may delay the start, and the most rounds that it takes. */
const DURATION_MS_MAX = 150;
const ROUNDS_MAX = 30;
const DEPTH = 5;
/** Every market trades around this price, in whatever money: only the differences count. */
const PRICE = 100;

/**
 * Runs the decision path on made-up books, in an engine that is then thrown away, so that the
 * first real opportunity does not wait for the compiler. Asks nobody and records nothing.
 * @returns how many opportunities were made up.
 */
export function warmUp(options: {
  readonly listings: readonly Listing[];
  readonly strategy: StrategyFactory<CrossExchangeSettings>;
  readonly settings: CrossExchangeSettings;
  readonly clock: Clock;
  readonly logger: Logger;
}): number {
  const { listings, clock, logger } = options;
  const settings = { ...options.settings, confidenceMin: 0, balances: richBalances(listings) };
  const engine = new Engine({
    listings,
    strategy: options.strategy as StrategyFactory,
    settings,
    gate: { check: approval },
    intentOf: intentsOf({ accountId: accountId('warm-up'), listings, collarBps: Decimal.ZERO }),
    ticks: { append: () => true },
    clock,
    logger,
    recentMax: 10,
    refusalsPerSecondMax: 100,
  });
  const books = listings.map((listing) => bookOf(listing));
  const handlers = listings.map((listing) => engine.handlerOf(listing));
  const endUs = clock.nowUs() + DURATION_MS_MAX * 1000;
  for (let round = 0; round < ROUNDS_MAX && clock.nowUs() < endUs; round += 1) {
    for (const [index, book] of books.entries()) {
      const nowUs = clock.nowUs();
      // Three prices one per cent apart, taken in turns: edges open and close all the time.
      const converts = book.instrument.startsWith(`${settings.numeraire}/`);
      const price = converts ? 1 : PRICE * (1 + 0.01 * ((index + round) % 3));
      for (let level = 0; level < DEPTH; level += 1) {
        const away = price * 0.0001 * (level + 1);
        book.bidPrices[level] = Math.round((price - away) * 1e6) / 1e6;
        book.askPrices[level] = Math.round((price + away) * 1e6) / 1e6;
      }
      const times = { exchangeTimeUs: nowUs, receivedAtUs: nowUs, bookAtUs: nowUs };
      handlers[index]?.({ ...book, sequence: round + 1, ...times }, false);
    }
  }
  return engine.decisions;
}

function approval({ id: opportunityId, quantity }: Opportunity): RiskAnswer {
  const nothing = { detail: '', limit: '', value: '', approval: '' };
  return { opportunityId, verdict: 'approved', reason: 'APPROVED', quantity, ...nothing };
}

function bookOf(listing: Listing): BookTop {
  const sizes = (): Float64Array =>
    Float64Array.from({ length: DEPTH }, (_, level) => (level + 1) * 1000.125);
  return {
    kind: 'book',
    venue: listing.venue,
    instrument: listing.instrument,
    exchangeTimeUs: 0,
    receivedAtUs: 0,
    bookAtUs: 0,
    sequence: 0,
    bidCount: DEPTH,
    askCount: DEPTH,
    bidPrices: new Float64Array(DEPTH),
    bidSizes: sizes(),
    askPrices: new Float64Array(DEPTH),
    askSizes: sizes(),
  };
}

function richBalances(listings: readonly Listing[]): CrossExchangeSettings['balances'] {
  const plenty = new Decimal(1_000_000_000n, 0);
  const balances: Record<string, Record<string, Decimal>> = {};
  for (const { venue, base, quote } of listings) {
    balances[venue] = { ...balances[venue], [base.id]: plenty, [quote.id]: plenty };
  }
  return balances;
}
