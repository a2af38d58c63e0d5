import type { BookStatusReason, Listing, MarketEvent, ReasonCode } from '@ats/domain';
import { instrumentId, venueId } from '@ats/domain';
import { CrossExchange } from '../../src/domain/cross-exchange.ts';
import type { EdgeStrategy } from '../../src/domain/edge-strategy.ts';
import type { Predictions } from '../../src/domain/prediction/predictor.ts';
import type { CrossExchangeSettings } from '../../src/domain/settings.ts';
import type {
  EdgeClose,
  EngineRefusal,
  Proposal,
  StrategyContext,
} from '../../src/domain/strategy.ts';
import { type BookLevels, bookTop, type Level, settings } from './helpers.ts';

/** A strategy on a bench: events go in one by one, everything it says is kept. */
export interface StrategyBench {
  readonly strategy: EdgeStrategy;
  readonly proposals: Proposal[];
  readonly refusals: EngineRefusal[];
  readonly closes: EdgeClose[];
  /** Everything said, in order, as JSON lines. */
  readonly said: string[];
  /** Reasons of refusals that there was no room for. */
  readonly unheard: ReasonCode[];
  nowUs: number;
  /** Whether refusals find room. */
  hearing: boolean;
  book(market: string, levels: BookLevels): void;
  /** One level a side: `'99 x 1 | 100 x 2'` is a bid of 1 at 99 and an ask of 2 at 100. */
  top(market: string, text: string): void;
  drop(market: string, reason?: BookStatusReason): void;
  pass(milliseconds: number): void;
}

function place(market: string): { venue: string; instrument: string } {
  const [venue = '', instrument = ''] = market.split(':');
  return { venue, instrument };
}

function sideOf(half: string): Level[] {
  const [price, size] = half.split('x').map(Number);
  return half.trim() === '' ? [] : [[price ?? 0, size ?? 0]];
}

interface BenchOptions {
  readonly listings: readonly Listing[];
  readonly settings?: Partial<CrossExchangeSettings>;
  readonly predictions?: Predictions;
  readonly strategy?: new (
    context: StrategyContext,
    settings: CrossExchangeSettings,
  ) => EdgeStrategy;
}

export function strategyBench(options: BenchOptions): StrategyBench {
  const said: string[] = [];
  const sequences = new Map<string, number>();
  const note = (kind: string, what: unknown): void => {
    said.push(JSON.stringify({ kind, what }));
  };
  const bench: Omit<StrategyBench, 'strategy'> = {
    proposals: [],
    refusals: [],
    closes: [],
    said,
    unheard: [],
    nowUs: 1_780_000_000_000_000,
    hearing: true,
    book(market, levels) {
      const sequence = (sequences.get(market) ?? 0) + 1;
      sequences.set(market, sequence);
      send(bookTop({ ...place(market), levels, atUs: bench.nowUs, sequence }));
    },
    top(market, text) {
      const [bids = '', asks = ''] = text.split('|');
      bench.book(market, { bids: sideOf(bids), asks: sideOf(asks) });
    },
    drop(market, reason = 'SEQUENCE_GAP') {
      const { venue, instrument } = place(market);
      const [base = '', quote = ''] = instrument.split('/');
      send({
        kind: 'status',
        venue: venueId(venue),
        instrument: instrumentId({ base, quote }),
        exchangeTimeUs: 0,
        receivedAtUs: bench.nowUs,
        state: 'resyncing',
        reason,
      });
    },
    pass(milliseconds) {
      bench.nowUs += milliseconds * 1000;
      strategy.onTimer();
    },
  };
  const strategy = new (options.strategy ?? CrossExchange)(
    {
      listings: options.listings,
      ...(options.predictions === undefined ? {} : { predictions: options.predictions }),
      nowUs: () => bench.nowUs,
      propose: (proposal) => {
        bench.proposals.push(proposal);
        note('propose', proposal);
      },
      refuse: (refusal) => {
        bench.refusals.push(refusal);
        note('refuse', refusal);
      },
      mayRefuse: (reason) => {
        if (!bench.hearing) bench.unheard.push(reason);
        return bench.hearing;
      },
      close: (close) => {
        bench.closes.push(close);
        note('close', close);
      },
    },
    settings(options.settings),
  );
  const send = (event: MarketEvent): void => strategy.onMarket(event, false);
  return Object.assign(bench, { strategy });
}
