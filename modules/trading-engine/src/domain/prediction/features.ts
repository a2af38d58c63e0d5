import type { InstrumentId, Listing, MarketEvent, VenueId } from '@ats/domain';
import { MarketTrack } from './market-track.ts';

/**
 * The columns of a row, of ticks and then of bars of a second. Basis points are of the market's own
 * middle price; "others" are the markets of the same base asset at other venues.
 *
 * - `spreadBps`: best ask over best bid;
 * - `imbalance`: best sizes, from -1 (only an ask) to 1;
 * - `microPriceBps`: the middle weighted by the other side's size, over the plain middle;
 * - `return...`: change of the middle over a window, 10 ms longer at most;
 * - `othersGapBps`: how far the others are above their mean of the last half minute, less the same
 *   of this market, so that money and constant differences do not count;
 * - `othersReturn100msBps`: mean of theirs;
 * - `ageMs`: since the last update, 1000 at most;
 * - `volatilityBps`: standard deviation of a second's return;
 * - `barReturnBps`, `barRangeBps`: close over open and high over low of the last whole second;
 * - `barVolume`: logarithm of 1 + its volume over the mean volume.
 */
export const FEATURES = [
  'spreadBps',
  'imbalance',
  'microPriceBps',
  'return100msBps',
  'return500msBps',
  'return2sBps',
  'othersGapBps',
  'othersReturn100msBps',
  'ageMs',
  'volatilityBps',
  'barReturnBps',
  'barRangeBps',
  'barVolume',
] as const;

/** Values in a row. */
export const FEATURE_COUNT = FEATURES.length;

const BPS = 10_000;
const AGE_MS_MAX = 1000;
/** Slots of 10 ms. */
const SLOTS_100MS = 10;
const SLOTS_500MS = 50;
const SLOTS_2S = 200;
/** A market says something once its means have seen this much. */
const WARM_US = 10_000_000;
/** Others whose book is older say nothing. */
const OTHERS_AGE_US_MAX = 3_000_000;

export interface FeatureMarket {
  readonly venue: VenueId;
  readonly instrument: InstrumentId;
}

/** The features of many markets, from market events as they come and in their order. */
export class FeatureTable {
  /** Those that can have a row: what is quoted in a coin has no others to compare with. */
  readonly markets: readonly FeatureMarket[];
  readonly tracks: readonly MarketTrack[];
  private readonly others: readonly (readonly MarketTrack[])[];
  private readonly byVenue = new Map<string, Map<string, MarketTrack>>();

  constructor(listings: readonly Listing[]) {
    const own = listings.filter(({ quote }) => quote.bridge !== true);
    this.markets = own.map(({ venue, instrument }) => ({ venue, instrument }));
    this.tracks = own.map(() => new MarketTrack());
    this.others = own.map((one) =>
      this.tracks.filter((_, at) => {
        const other = own[at] as Listing;
        return other.base.id === one.base.id && other.venue !== one.venue;
      }),
    );
    for (const [at, { venue, instrument }] of own.entries()) {
      const ofVenue = this.byVenue.get(venue) ?? new Map<string, MarketTrack>();
      ofVenue.set(instrument, this.tracks[at] as MarketTrack);
      this.byVenue.set(venue, ofVenue);
    }
  }

  onEvent(event: MarketEvent): void {
    const track = this.byVenue.get(event.venue)?.get(event.instrument);
    if (track === undefined) return;
    if (event.kind === 'book') track.onBook(event);
    else if (event.kind === 'trade') track.onTrade(event.receivedAtUs, Number(event.size));
    else if (event.kind === 'status' && event.state !== 'live') track.onLost();
  }

  /**
   * Writes the row of one market as it stands at a moment, which is never before its last event.
   * @returns false, and nothing of use was written, while too little is known of it
   */
  write(market: number, nowUs: number, out: Float32Array, offset: number): boolean {
    const track = this.tracks[market] as MarketTrack;
    if (Number.isNaN(track.log) || nowUs - track.sinceUs < WARM_US) return false;
    track.advance(nowUs);
    const { bid, ask, bidSize, askSize } = track;
    const sizes = bidSize + askSize;
    const middle = (bid + ask) / 2;
    if (!(sizes > 0)) return false;
    const micro = (bid * askSize + ask * bidSize) / sizes;
    const ratio = track.volumeMean > 0 ? track.barVolume / track.volumeMean : 0;
    out[offset] = (ask / bid - 1) * BPS;
    out[offset + 1] = (bidSize - askSize) / sizes;
    out[offset + 2] = (micro / middle - 1) * BPS;
    out[offset + 3] = track.returnOver(SLOTS_100MS) * BPS;
    out[offset + 4] = track.returnOver(SLOTS_500MS) * BPS;
    out[offset + 5] = track.returnOver(SLOTS_2S) * BPS;
    if (!this.writeOthers(market, nowUs, out, offset + 6)) return false;
    out[offset + 8] = Math.min(AGE_MS_MAX, (nowUs - track.updatedAtUs) / 1000);
    out[offset + 9] = track.volatility * BPS;
    out[offset + 10] = track.barReturn * BPS;
    out[offset + 11] = track.barRange * BPS;
    out[offset + 12] = Math.log1p(ratio);
    return true;
  }

  private writeOthers(market: number, nowUs: number, out: Float32Array, offset: number): boolean {
    const others = this.others[market] as readonly MarketTrack[];
    let count = 0;
    let deviation = 0;
    let move = 0;
    for (let at = 0; at < others.length; at += 1) {
      const other = others[at] as MarketTrack;
      if (Number.isNaN(other.log) || nowUs - other.sinceUs < WARM_US) continue;
      if (nowUs - other.updatedAtUs > OTHERS_AGE_US_MAX) continue;
      other.advance(nowUs);
      deviation += other.deviation;
      move += other.returnOver(SLOTS_100MS);
      count += 1;
    }
    if (count === 0) return false;
    const own = (this.tracks[market] as MarketTrack).deviation;
    out[offset] = (deviation / count - own) * BPS;
    out[offset + 1] = (move / count) * BPS;
    return true;
  }
}
