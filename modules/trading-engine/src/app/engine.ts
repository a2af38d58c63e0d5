import type { RiskGate } from '@ats/contracts';
import type {
  Listing,
  MarketEvent,
  Opportunity,
  OpportunityRecord,
  ReasonCode,
  RiskAnswer,
  RiskDecision,
} from '@ats/domain';
import {
  type Clock,
  LatencyRecorder,
  type LatencySummary,
  type Logger,
  VenueLatencies,
} from '@ats/runtime';
import type { TickStore } from '@ats/storage';
import type { Predictions } from '../domain/prediction/predictor.ts';
import type {
  MarketName,
  Proposal,
  SpreadCell,
  Strategy,
  StrategyContext,
  StrategyFactory,
} from '../domain/strategy.ts';
import { tradeIdOf } from '../domain/trade/open-trade.ts';
import type { IntentOf } from '../domain/trade/trade-intent.ts';
import { ALL_BASES, type Bases } from './bases.ts';
import { OpportunityLedger, type OpportunityTotals } from './opportunity-ledger.ts';

export interface EngineOptions {
  readonly listings: readonly Listing[];
  readonly strategy: StrategyFactory;
  /** What the strategy is told; its own factory knows the shape. */
  readonly settings: unknown;
  readonly gate: RiskGate;
  readonly intentOf: IntentOf;
  readonly ticks: Pick<TickStore, 'append'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly recentMax: number;
  readonly refusalsPerSecondMax: number;
  /** Who makes trades of what risk approves; absent where nothing is traded. */
  readonly trades?: TradeTaker;
  /** What a model says of the markets, for the strategy. */
  readonly predictions?: Predictions;
  /** Which base assets are this engine's; all of them unless given. */
  readonly bases?: Bases;
}

/** Turns approved opportunities into trades. Neither method waits or throws. */
export interface TradeTaker {
  /** Why it cannot become a trade now, before risk is asked. */
  refusalOf(opportunity: Opportunity): ReasonCode | undefined;
  take(opportunity: Opportunity, answer: RiskAnswer): void;
}

export interface EngineStats {
  readonly opportunities: OpportunityTotals;
  readonly latencyUs: {
    /** From a book's publication to the end of what was decided on it, every book counted. */
    readonly bookToDecision: LatencySummary;
    /** From the decision to risk's answer. */
    readonly decisionToRisk: LatencySummary;
    /** From the frame's arrival to risk's answer. */
    readonly frameToRiskAnswer: LatencySummary;
  };
  /** Engine refusals over the recorded rate. */
  readonly suppressed: Readonly<Record<string, number>>;
}

/** Risk's answer to one proposal. */
interface Answer {
  readonly proposal: Proposal;
  readonly decision: RiskAnswer;
  readonly answeredAtUs: number;
}

/** What one market's events go to. */
interface MarketWork {
  readonly toStrategy: Strategy['onMarket'];
  readonly recorder: LatencyRecorder;
}

/**
 * Runs one strategy: market events in, proposals to risk, every outcome to the ledger. Works
 * within the call that brings the event, and waits for nothing when risk answers at once.
 */
export class Engine {
  readonly ledger: OpportunityLedger;
  readonly strategy: Strategy;
  /** By the book's venue. */
  readonly bookToDecision = new VenueLatencies();
  /** By the venue of the leg that buys. */
  readonly decisionToRisk = new VenueLatencies();
  readonly frameToRiskAnswer = new LatencyRecorder();
  bookUpdates = 0;
  decisions = 0;
  failures = 0;
  pauseReason = '';
  private readonly options: EngineOptions;
  private readonly bases: Bases;
  /** What others are priced in: its own markets convert, whoever trades it. */
  private readonly quotes: ReadonlySet<string>;
  private readonly waiting = new Set<Promise<void>>();
  /** Answers within the event under way, at most one for each proposal in it. */
  private readonly answers: Answer[] = [];
  /** Proposals of the event under way that were not handed to risk. */
  private readonly refusals: RiskDecision[] = [];
  /** When something was decided within the event under way; 0 when nothing was. */
  private decidedAtUs = 0;

  constructor(options: EngineOptions) {
    this.options = options;
    this.bases = options.bases ?? ALL_BASES;
    this.quotes = new Set(options.listings.map(({ quote }) => quote.id));
    this.ledger = new OpportunityLedger(options);
    this.strategy = options.strategy.create(this.contextOf(options), options.settings);
  }

  private contextOf({ listings, clock, predictions }: EngineOptions): StrategyContext {
    return {
      listings,
      ...(predictions === undefined ? {} : { predictions }),
      nowUs: () => clock.nowUs(),
      propose: (proposal) => this.propose(proposal),
      refuse: (refusal) => {
        if (!this.bases.owns(refusal.opportunity.base)) return;
        this.decidedAtUs ||= refusal.opportunity.times.decidedAtUs;
        this.decisions += 1;
        this.ledger.note({ ...refusal, decision: undefined });
      },
      mayRefuse: (reason, nowUs) => this.ledger.mayRefuse(reason, nowUs),
      close: (close) => this.ledger.close(close),
    };
  }

  /** The bus's handler of one market. It never throws: a strategy that does pauses the engine. */
  handlerOf(market: MarketName): Strategy['onMarket'] {
    const { strategy } = this;
    const toStrategy = strategy.handlerOf?.(market) ?? strategy.onMarket.bind(strategy);
    const base = market.instrument.slice(0, market.instrument.indexOf('/'));
    const converts = this.quotes.has(base);
    const recorder = this.bookToDecision.of(market.venue);
    return (event, more) => {
      if (!converts && !this.bases.owns(base)) return;
      this.onMarket({ toStrategy, recorder }, event, more);
    };
  }

  private onMarket({ toStrategy, recorder }: MarketWork, event: MarketEvent, more: boolean): void {
    try {
      toStrategy(event, more);
    } catch (error) {
      this.fail(error);
    }
    if (event.kind === 'book') {
      const decidedAtUs = this.decidedAtUs || this.options.clock.nowUs();
      this.bookUpdates += 1;
      recorder.record(decidedAtUs - event.bookAtUs);
    }
    this.finishEvent();
  }

  onTimer(): void {
    this.guard(() => this.strategy.onTimer());
    this.finishEvent();
  }

  /** One book can open several edges: none of them waits for another's record to be made. */
  private finishEvent(): void {
    this.decidedAtUs = 0;
    if (this.answers.length > 0) {
      for (const answer of this.answers.splice(0)) this.guard(() => this.settle(answer));
    }
    if (this.refusals.length > 0) {
      for (const refusal of this.refusals.splice(0)) {
        this.guard(() => this.strategy.onDecision(refusal));
      }
    }
    this.ledger.flush();
  }

  private guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.fail(error);
    }
  }

  private fail(error: unknown): void {
    this.failures += 1;
    if (this.pauseReason !== '') return;
    this.pauseReason = 'the strategy failed';
    this.options.logger.error('engine.strategy_failed', 'the strategy failed: paused', { error });
  }

  private propose(proposal: Proposal): void {
    const { opportunity } = proposal;
    if (!this.bases.owns(opportunity.base)) {
      const detail = 'Another engine trades this base.';
      const { id: opportunityId } = opportunity;
      this.refusals.push({ opportunityId, reason: 'ENGINE_PAUSED', detail, ...REFUSED });
      return;
    }
    this.decidedAtUs ||= opportunity.times.decidedAtUs;
    this.decisions += 1;
    if (this.pauseReason !== '') {
      this.ledger.note({ ...proposal, reason: 'ENGINE_PAUSED', decision: undefined });
      return;
    }
    const refusal = this.options.trades?.refusalOf(opportunity);
    if (refusal !== undefined) {
      this.refuse(proposal, refusal);
      return;
    }
    this.ledger.asked(opportunity.id);
    let answer: RiskAnswer | Promise<RiskAnswer>;
    try {
      const { gate, intentOf, trades } = this.options;
      const tradeId = trades === undefined ? undefined : tradeIdOf(opportunity);
      answer = gate.check(opportunity, intentOf(opportunity, tradeId));
    } catch (error) {
      answer = unavailable(opportunity, error);
    }
    if (!(answer instanceof Promise)) {
      this.answers.push({ proposal, decision: answer, answeredAtUs: this.options.clock.nowUs() });
      return;
    }
    const settled = answer
      .catch((error: unknown) => unavailable(opportunity, error))
      .then((decision) => {
        this.waiting.delete(settled);
        const answeredAtUs = this.options.clock.nowUs();
        this.guard(() => this.settle({ proposal, decision, answeredAtUs }));
        this.ledger.flush();
      });
    this.waiting.add(settled);
  }

  /** What no trade can be made of is not worth risk's time. */
  private refuse(proposal: Proposal, reason: ReasonCode): void {
    const { id: opportunityId, times } = proposal.opportunity;
    if (this.ledger.mayRefuse(reason, times.decidedAtUs)) {
      this.ledger.note({ ...proposal, reason, decision: undefined });
    }
    const detail = 'No trade can be made of it now.';
    this.refusals.push({ opportunityId, reason, detail, ...REFUSED });
  }

  private settle({ proposal, decision, answeredAtUs }: Answer): void {
    const { times } = proposal.opportunity;
    this.decisionToRisk.of(proposal.opportunity.buy.venue).record(answeredAtUs - times.decidedAtUs);
    this.frameToRiskAnswer.record(answeredAtUs - times.frameAtUs);
    const opportunity = {
      ...proposal.opportunity,
      times: { ...times, riskAnsweredAtUs: answeredAtUs },
    };
    if (decision.verdict === 'approved') this.options.trades?.take(opportunity, decision);
    this.ledger.answered({ ...proposal, opportunity, reason: decision.reason, decision });
    this.strategy.onDecision(decision);
  }

  /** Stops proposing; edges go on being followed and recorded. */
  pause(reason: string): void {
    this.pauseReason = reason === '' ? 'paused' : reason;
  }

  resume(): void {
    this.pauseReason = '';
  }

  /** Ends all edges and waits for risk's last answers, which its gate bounds by a deadline. */
  async stop(): Promise<void> {
    this.guard(() => this.strategy.onStop());
    this.finishEvent();
    await Promise.all(this.waiting);
  }

  onOpportunity(listener: (record: OpportunityRecord) => void): () => void {
    return this.ledger.onRecord(listener);
  }

  spreadMatrix(): readonly SpreadCell[] {
    return this.strategy.spreadMatrix?.() ?? [];
  }

  stats(): EngineStats {
    return {
      opportunities: this.ledger.totals(),
      latencyUs: {
        bookToDecision: this.bookToDecision.merged().summary(),
        decisionToRisk: this.decisionToRisk.merged().summary(),
        frameToRiskAnswer: this.frameToRiskAnswer.summary(),
      },
      suppressed: Object.fromEntries(this.ledger.suppressed),
    };
  }
}

/** A gate that breaks its promise not to throw approves nothing. */
function unavailable(opportunity: Opportunity, error: unknown): RiskAnswer {
  const reason: ReasonCode = 'RISK_UNAVAILABLE';
  const detail = `The risk check failed: ${error instanceof Error ? error.message : String(error)}`;
  const { id: opportunityId } = opportunity;
  return { opportunityId, reason, detail, ...REFUSED };
}

const REFUSED = {
  verdict: 'refused',
  limit: '',
  value: '',
  quantity: undefined,
  approval: '',
} as const;
