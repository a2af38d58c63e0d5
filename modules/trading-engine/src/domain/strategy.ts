import type {
  Decimal,
  InstrumentId,
  Listing,
  MarketEvent,
  Opportunity,
  OpportunityId,
  ReasonCode,
  RiskDecision,
  VenueId,
} from '@ats/domain';
import type { Predictions } from './prediction/predictor.ts';

/** An instrument at a venue, as events name it. */
export interface MarketName {
  readonly venue: string;
  readonly instrument: string;
}

/** A trade of ours that a venue reported. */
export interface Fill {
  readonly venue: VenueId;
  readonly instrument: InstrumentId;
  readonly side: 'buy' | 'sell';
  /** Base. */
  readonly quantity: Decimal;
  /** Quote per base. */
  readonly price: Decimal;
  /** Quote. */
  readonly fee: Decimal;
  readonly timeUs: number;
}

/** What can be spent of one asset on one venue. */
export interface AvailableBalance {
  readonly venue: string;
  readonly asset: string;
  readonly available: Decimal;
}

/** How an edge ended. */
export interface EdgeClose {
  readonly id: OpportunityId;
  readonly closedAtUs: number;
  /** The best moment of its life, as it was valued then. */
  readonly best: Opportunity;
  /** Market updates that saw the edge. */
  readonly updates: number;
}

/** What a strategy decided itself, without asking risk. */
export interface EngineRefusal {
  readonly opportunity: Opportunity;
  readonly reason: ReasonCode;
  readonly openedAtUs: number;
  readonly updates: number;
}

/** What a strategy hands to risk. */
export interface Proposal {
  readonly opportunity: Opportunity;
  readonly openedAtUs: number;
  readonly updates: number;
}

/**
 * What a strategy is given, by the live engine and by the backtester alike. An opportunity keeps
 * its id for the life of its edge: proposing or refusing it again replaces what was said before.
 */
export interface StrategyContext {
  readonly listings: readonly Listing[];
  /** Whole microseconds since the epoch: the machine's time, a tape's or a simulation's. */
  nowUs(): number;
  /** Asks risk. The answer comes to `onDecision`, after the event's work at the earliest. */
  propose(proposal: Proposal): void;
  /** Records an edge that the strategy does not take, and why. */
  refuse(refusal: EngineRefusal): void;
  /** Whether another refusal may be recorded now; counts the ones that may not. */
  mayRefuse(reason: ReasonCode, nowUs: number): boolean;
  /** Ends the life of an opportunity that was proposed or refused. */
  close(close: EdgeClose): void;
  /** What a model says of the markets; absent unless `engine.predictor` is enabled. */
  readonly predictions?: Predictions;
}

/** The edge between two markets of one base, as it stands now. */
export interface SpreadCell {
  readonly base: string;
  /** Venue to buy at, and its instrument. */
  readonly buy: string;
  readonly buyInstrument: string;
  /** Venue to sell at, and its instrument. */
  readonly sell: string;
  readonly sellInstrument: string;
  /** Net edge at the best levels, basis points; NaN while a book or conversion is missing. */
  readonly netBps: number;
  /** Net edge at the largest size, `notionalMax`; NaN when the books do not hold it. */
  readonly sizedNetBps: number;
  /** Age of the older of the two books, microseconds. */
  readonly ageUs: number;
  /** Whether a book is above its own age limit or not live. */
  readonly stale: boolean;
}

/**
 * A trading strategy. It runs on one thread, is called in order, and never waits: everything it
 * wants goes through the context. Given the same events at the same times it does the same.
 */
export interface Strategy {
  readonly name: string;
  /** The kinds of events it wants; all when absent. */
  readonly kinds?: readonly MarketEvent['kind'][];
  /**
   * A market event. Live views (`BookTop`) are only good until this returns.
   * @param more further books of the same moment follow: markets are compared after the last
   */
  onMarket(event: MarketEvent, more: boolean): void;
  /**
   * Makes what is called instead of `onMarket` for the events of one market, once for each market:
   * for strategies that would otherwise look the market up by name for every event.
   */
  handlerOf?(market: MarketName): Strategy['onMarket'];
  /** Risk's answer to a proposal. */
  onDecision(decision: RiskDecision): void;
  /** A trade of ours, for balances and positions. */
  onFill(fill: Fill): void;
  /**
   * What the ledger says can be spent, what open trades will use taken off. It comes in addition to
   * fills, and is the truth; a strategy that is never told counts with its settings and fills.
   */
  onBalances?(balances: readonly AvailableBalance[]): void;
  /**
   * Settings that were changed while it runs: those that may be. A strategy without it keeps the
   * ones that it was made with until a restart, and whoever changes them is told so.
   */
  onSettings?(settings: unknown): void;
  /** Called every `timerMs`, so that silence is noticed too. */
  onTimer(): void;
  /** Ends all open edges, at the end of a run. */
  onStop(): void;
  /** Why it cannot work now, for people; empty when it can. */
  readiness?(): readonly string[];
  spreadMatrix?(): readonly SpreadCell[];
  /** Edges that stand now. */
  openEdges?(): number;
}

/** Makes a strategy from its settings. A strategy file exports one under the name `strategy`. */
export interface StrategyFactory<Settings = unknown> {
  readonly name: string;
  create(context: StrategyContext, settings: Settings): Strategy;
}
