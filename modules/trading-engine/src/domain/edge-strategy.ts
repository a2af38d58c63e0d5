import type {
  BookTop,
  MarketEvent,
  Opportunity,
  OpportunityId,
  ReasonCode,
  RiskDecision,
} from '@ats/domain';
import { type Assessment, Assessor } from './assessment.ts';
import type { ConsolidatedView, ConversionMarket } from './consolidated-view.ts';
import { Edge } from './edge.ts';

import type { Market, Pair } from './market.ts';
import { EdgeOutlook } from './prediction/edge-outlook.ts';

import { ageUsMaxOf, type CrossExchangeSettings } from './settings.ts';
import { spreadMatrixOf } from './spread-matrix.ts';
import type {
  AvailableBalance,
  Fill,
  MarketName,
  SpreadCell,
  Strategy,
  StrategyContext,
} from './strategy.ts';

export interface EdgeStrategyOptions {
  readonly name: string;
  readonly settings: CrossExchangeSettings;
  readonly view: ConsolidatedView;
}

const watchRatioOf = ({ nearMissBps, minEdgeBps }: CrossExchangeSettings): number =>
  1 + Math.min(-nearMissBps, minEdgeBps) / 10_000;

const nearCloseOf = ({ nearMissBps, minEdgeBps, closeEdgeBps }: CrossExchangeSettings): number =>
  -nearMissBps - (minEdgeBps - closeEdgeBps);

/** What the events of one market can touch; a coin's market has a part in both ways. */
interface Place {
  readonly market: Market | undefined;
  readonly pairs: readonly Pair[];
  readonly conversion: ConversionMarket | undefined;
  readonly convertedPairs: readonly Pair[];
}

/**
 * Buys where an asset is cheap and sells where it is dear, at the same moment, in the pairs of a
 * view. Each book update is copied into the view, and only the pairs it can touch are judged, by
 * one comparison of net best prices. What passes is walked, valued exactly, and proposed; the
 * edge then has a life, with hysteresis, and is proposed again only when it has become materially
 * better.
 */
export abstract class EdgeStrategy implements Strategy {
  readonly name: string;
  readonly kinds = ['book', 'status'] as const;
  private readonly context: StrategyContext;
  protected settings: CrossExchangeSettings;
  protected readonly view: ConsolidatedView;
  private assessor: Assessor;
  private readonly edges: readonly Edge[];
  private readonly outlook: EdgeOutlook | undefined;
  private readonly byId = new Map<OpportunityId, Edge>();
  private watchRatio: number;
  private nearCloseBps: number;
  /** Closed edges that the event under way may open, the best first. */
  private readonly rising: Edge[] = [];
  /** Books that changed within the moment under way, in order; it ends with this event's call. */
  private readonly unjudged: Place[] = [];
  private frameAtUs = 0;
  private bookAtUs = 0;

  constructor(context: StrategyContext, { name, settings, view }: EdgeStrategyOptions) {
    this.name = name;
    this.context = context;
    this.settings = settings;
    this.view = view;
    this.assessor = new Assessor(settings, () => context.nowUs());
    this.edges = this.view.pairs.map((pair) => new Edge(pair));
    const { predictions } = context;
    if (predictions !== undefined) this.outlook = new EdgeOutlook(this.view.pairs, predictions);
    this.watchRatio = watchRatioOf(settings);
    this.nearCloseBps = nearCloseOf(settings);
  }

  onSettings(changed: CrossExchangeSettings): void {
    // The view has the reserve for slippage, and a triangle has more of it: it never changes.
    const settings = { ...changed, slippageBps: this.settings.slippageBps };
    this.settings = settings;
    this.assessor = new Assessor(settings, () => this.context.nowUs());
    this.watchRatio = watchRatioOf(settings);
    this.nearCloseBps = nearCloseOf(settings);
    for (const market of this.view.markets) {
      market.ageUsMax = ageUsMaxOf(settings, market.listing.venue);
    }
    for (const { bridge } of this.view.pairs) {
      if (bridge === undefined) continue;
      bridge.ageUsMax = ageUsMaxOf(settings, bridge.conversion.listing.venue);
    }
  }

  onMarket(event: MarketEvent, more: boolean): void {
    this.onEvent(this.placeOf(event), event, more);
  }

  handlerOf(name: MarketName): Strategy['onMarket'] {
    const place = this.placeOf(name);
    return (event, more) => this.onEvent(place, event, more);
  }

  private placeOf({ venue, instrument }: MarketName): Place {
    const { view } = this;
    const market = view.market(venue, instrument);
    const conversion = view.conversion(venue, instrument);
    return {
      market,
      pairs: market === undefined ? [] : (view.pairsOfMarket[market.index] ?? []),
      conversion,
      convertedPairs:
        conversion === undefined ? [] : (view.pairsOfConversion.get(conversion.conversion) ?? []),
    };
  }

  private onEvent(place: Place, event: MarketEvent, more: boolean): void {
    if (event.kind === 'book') {
      this.takeBook(place, event);
      if (more || this.unjudged.length > 0) this.judgeMoment(place, more);
      else this.judge(place);
    } else if (event.kind === 'status' && event.state !== 'live') this.onLost(place);
  }

  private takeBook({ market, conversion }: Place, top: BookTop): void {
    this.frameAtUs = top.receivedAtUs;
    this.bookAtUs = top.bookAtUs;
    market?.book.copy(top);
    conversion?.conversion.book.copy(top);
    refresh(market, conversion);
  }

  private onLost(place: Place): void {
    const { market, conversion } = place;
    market?.book.drop();
    conversion?.conversion.book.drop();
    refresh(market, conversion);
    this.judge(place);
  }

  /**
   * Books that change in one moment are compared once all of them are there: one new and one old
   * book would make an edge that never was.
   */
  private judgeMoment(place: Place, more: boolean): void {
    const { unjudged } = this;
    if (!unjudged.includes(place)) unjudged.push(place);
    if (more) return;
    for (const changed of unjudged.splice(0)) this.judge(changed);
  }

  private judge({ market, pairs, conversion, convertedPairs }: Place): void {
    if (market !== undefined) this.judgeAll(pairs);
    if (conversion !== undefined) this.judgeAll(convertedPairs);
  }

  private judgeAll(pairs: readonly Pair[]): void {
    const { rising } = this;
    // Cutting an array leaves optimised code, even where it is empty, which it nearly always is.
    if (rising.length > 0) rising.length = 0;
    for (let index = 0; index < pairs.length; index += 1) {
      const pair = pairs[index] as Pair;
      const edge = this.edges[pair.index] as Edge;
      const { buy, sell, sameMoney } = pair;
      const ask = sameMoney ? buy.netAsk : buy.netAskConverted;
      const bid = sameMoney ? sell.netBid : sell.netBidConverted;
      // NaN, a missing book or conversion, is never above anything.
      const watched = bid > ask * this.watchRatio;
      if (edge.state !== 'closed') this.follow(edge, (bid / ask - 1) * 10_000);
      else if (watched) {
        edge.netBps = (bid / ask - 1) * 10_000;
        insertByEdge(rising, edge);
      } else edge.cooling = false;
    }
    for (let index = 0; index < rising.length; index += 1) this.consider(rising[index] as Edge);
  }

  private consider(edge: Edge): void {
    const nowUs = this.context.nowUs();
    if (edge.netBps >= this.settings.minEdgeBps) {
      edge.open('open', nowUs);
      this.assessOpen(edge, nowUs);
      return;
    }
    if (!isCrossed(edge.pair)) edge.cooling = false;
    else if (!edge.cooling) {
      edge.open('near-miss', nowUs);
      if (!this.context.mayRefuse('EDGE_BELOW_MIN', nowUs)) return;
      this.tell(edge, this.assessor.assessNearMiss(this.request(edge, nowUs)));
    }
  }

  /** A standing edge after an update: still there, better, or gone? */
  private follow(edge: Edge, netBps: number): void {
    const isOpen = edge.state === 'open';
    const stands = isOpen
      ? netBps >= this.settings.closeEdgeBps
      : netBps >= this.nearCloseBps && isCrossed(edge.pair);
    const nowUs = this.context.nowUs();
    if (!stands) {
      this.end(edge, nowUs);
      return;
    }
    edge.updates += 1;
    if (!isOpen) {
      if (netBps < this.settings.minEdgeBps) return;
      edge.state = 'open';
      this.assessOpen(edge, nowUs);
      return;
    }
    const profit = this.assessor.profitOf(edge.pair);
    const better = profit > edge.assessedProfit * (1 + this.settings.improvementRatio);
    // What risk has seen goes back to it only when better; what was held back is looked at again.
    const due = nowUs - edge.assessedAtUs >= this.settings.recheckMs * 1000;
    if (edge.proposed ? better : due) this.assessOpen(edge, nowUs);
  }

  private assessOpen(edge: Edge, nowUs: number): void {
    edge.assessedAtUs = nowUs;
    const first = edge.id === undefined;
    const assessment = this.foreseen(edge, this.assessor.assess(this.request(edge, nowUs)), nowUs);
    edge.assessedProfit = this.assessor.walkedProfit;
    const reason = assessment?.reason ?? 'BOOK_NOT_LIVE';
    if (reason !== 'APPROVED') {
      // Risk's answer stands; what is held back for the same reason as before is no news.
      if (!first && (edge.proposed || edge.reason === reason)) return;
      if (first && !this.context.mayRefuse(reason, nowUs)) {
        edge.id = undefined;
        edge.reason = reason;
        return;
      }
    }
    this.tell(edge, assessment);
  }

  /** A prediction can hold an edge back, never open one; without one, nothing changes. */
  private foreseen(
    { pair }: Edge,
    assessment: Assessment | undefined,
    nowUs: number,
  ): Assessment | undefined {
    if (this.outlook === undefined || assessment?.reason !== 'APPROVED') return assessment;
    const expected = assessment.opportunity.netEdgeBps + this.outlook.changeBps(pair, nowUs);
    // NaN, nothing predicted, is not below anything.
    if (!(expected < this.settings.minEdgeBps)) return assessment;
    return { ...assessment, reason: 'EDGE_PREDICTED_LOW' };
  }

  private request(edge: Edge, nowUs: number) {
    return {
      pair: edge.pair,
      id: edge.id ?? edge.nameLife(),
      openedAtUs: edge.openedAtUs,
      frameAtUs: this.frameAtUs,
      bookAtUs: this.bookAtUs,
      nowUs,
    };
  }

  private tell(edge: Edge, assessment: Assessment | undefined): void {
    if (assessment === undefined) {
      edge.id = undefined;
      return;
    }
    const { opportunity, reason } = assessment;
    const { openedAtUs, updates } = edge;
    this.byId.set(opportunity.id, edge);
    edge.best = better(edge.best, opportunity);
    if (reason === 'APPROVED') {
      edge.proposed = true;
      this.context.propose({ opportunity, openedAtUs, updates });
      return;
    }
    edge.reason = reason;
    this.context.refuse({ opportunity, reason, openedAtUs, updates });
  }

  private end(edge: Edge, nowUs: number): void {
    const { id, best, updates } = edge;
    edge.close();
    if (id === undefined || best === undefined) return;
    this.byId.delete(id);
    this.context.close({ id, closedAtUs: nowUs, best, updates });
  }

  onDecision(decision: RiskDecision): void {
    const edge = this.byId.get(decision.opportunityId);
    if (edge === undefined) return;
    // Nobody has taken it, and what kept them from it passes: the edge is proposed again.
    if (PASSING.has(decision.reason)) edge.proposed = false;
    if (edge.reason !== 'APPROVED') edge.reason = decision.reason;
  }

  onFill(fill: Fill): void {
    this.view.balances.apply(fill);
  }

  onBalances(balances: readonly AvailableBalance[]): void {
    this.view.balances.set(balances);
  }

  /** Ends edges whose books fell silent: no update will ever say that they are gone. */
  onTimer(): void {
    const nowUs = this.context.nowUs();
    for (const edge of this.edges) {
      if (edge.state === 'closed' || isBlockReason(edge.reason)) continue;
      if (this.assessor.blockOf(edge.pair, nowUs) !== undefined) this.end(edge, nowUs);
    }
  }

  onStop(): void {
    const nowUs = this.context.nowUs();
    for (const edge of this.edges) if (edge.state !== 'closed') this.end(edge, nowUs);
  }

  abstract readiness(): readonly string[];

  openEdges(): number {
    return this.byId.size;
  }

  spreadMatrix(): readonly SpreadCell[] {
    return spreadMatrixOf({
      pairs: this.view.pairs,
      nowUs: this.context.nowUs(),
      notional: this.settings.notionalMax.toNumber(),
    });
  }
}

function refresh(market: Market | undefined, conversion: ConversionMarket | undefined): void {
  market?.refresh();
  if (conversion === undefined) return;
  for (const dependent of conversion.dependents) dependent.refreshConverted();
}

/** What keeps the engine from taking a trade now, and may not a moment later. */
const PASSING: ReadonlySet<ReasonCode> = new Set<ReasonCode>([
  'TRADES_OPEN_MAX',
  'PAIR_BUSY',
  'INVENTORY_SHORT',
  'INVENTORY_UNKNOWN',
  'HALTED',
]);

function isBlockReason(reason: Edge['reason']): boolean {
  return (
    reason === 'BOOK_STALE' || reason === 'CONVERSION_STALE' || reason === 'CONVERSION_MISSING'
  );
}

/** Keeps the edges in order, so that risk is asked about the best one first. */
function insertByEdge(edges: Edge[], edge: Edge): void {
  let at = edges.length;
  for (; at > 0 && (edges[at - 1] as Edge).netBps < edge.netBps; at -= 1) {
    edges[at] = edges[at - 1] as Edge;
  }
  edges[at] = edge;
}

function better(best: Opportunity | undefined, next: Opportunity): Opportunity {
  return best === undefined || next.netProfit.greaterThan(best.netProfit) ? next : best;
}

/** Whether the plain prices cross, before fees and reserve. */
function isCrossed(pair: Pair): boolean {
  const { buy, sell } = pair;
  if (pair.sameMoney) return sell.book.bestBid > buy.book.bestAsk;
  return (
    sell.netBidConverted / sell.convertedBidFactor > buy.netAskConverted / buy.convertedAskFactor
  );
}
