import type { Opportunity, OpportunityId, ReasonCode } from '@ats/domain';
import { LifeNamer } from './life-id.ts';
import type { Pair } from './market.ts';

/**
 * Where a pair stands: nothing there, crossed but short of the minimum, or open. A standing edge
 * is one life, from when it leaves `closed` until it comes back.
 */
export type EdgeState = 'closed' | 'near-miss' | 'open';

/** The life of one pair's edge. One per pair, made once and used again. */
export class Edge {
  readonly pair: Pair;
  state: EdgeState = 'closed';
  /** Undefined when nobody was told of this life (too many refusals at the time). */
  id: OpportunityId | undefined;
  /** The outcome so far. */
  reason: ReasonCode = 'EDGE_BELOW_MIN';
  /** Whether risk was asked in this life. */
  proposed = false;
  best: Opportunity | undefined;
  openedAtUs = 0;
  assessedAtUs = 0;
  /** Net profit when it was last assessed, in doubles. */
  assessedProfit = 0;
  updates = 0;
  /** Net edge of the best levels when it was last about to open, basis points. */
  netBps = 0;
  /** Set after an open edge closed, until the prices part: its tail is no near miss. */
  cooling = false;
  private lives = 0;
  private readonly namer: LifeNamer;

  constructor(pair: Pair) {
    this.pair = pair;
    const { buy, sell, bridge } = pair;
    const markets = bridge === undefined ? [buy, sell] : [buy, sell, bridge.conversion];
    const places = markets.map(({ listing }) => `${listing.venue}|${listing.instrument}`);
    this.namer = new LifeNamer(places.join('|'));
  }

  open(state: 'near-miss' | 'open', nowUs: number): void {
    this.state = state;
    this.openedAtUs = nowUs;
    this.updates = 1;
    this.id = undefined;
    this.best = undefined;
    this.proposed = false;
    this.assessedProfit = 0;
    this.assessedAtUs = nowUs;
    this.reason = 'EDGE_BELOW_MIN';
    this.lives += 1;
  }

  close(): void {
    this.cooling = this.state === 'open';
    this.state = 'closed';
    this.id = undefined;
    this.best = undefined;
  }

  /** An id out of what the edge was seen in: the same events give the same id. */
  nameLife(): OpportunityId {
    const { buy, sell } = this.pair;
    this.id = this.namer.name(
      buy.book.receivedAtUs,
      buy.book.sequence,
      sell.book.receivedAtUs,
      sell.book.sequence,
      this.lives,
    );
    return this.id;
  }
}
