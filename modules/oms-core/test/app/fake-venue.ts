import type { AssetId, Decimal, ExecutionReport } from '@ats/domain';
import type { ReadVenue, VenueOpenOrder, VenueSnapshot } from '../../src/index.ts';

/** A venue whose books a test keeps. */
export class FakeVenue {
  readonly totals = new Map<AssetId, Decimal>();
  openOrders: VenueOpenOrder[] = [];
  fills: ExecutionReport[] = [];
  /** Thrown by the next reads. */
  failure: Error | undefined;
  /** What happens while the venue is being asked. */
  meanwhile: () => Promise<void> = () => Promise.resolve();
  asked = 0;
  /** What it says of when it was asked, microseconds since the epoch. */
  askedAtUs = 1;
  /** From when on fills were asked for last. */
  fillsSinceUs = 0;

  readonly read: ReadVenue = async ({ fillsSinceUs }): Promise<VenueSnapshot> => {
    this.asked += 1;
    this.fillsSinceUs = fillsSinceUs;
    await this.meanwhile();
    if (this.failure !== undefined) throw this.failure;
    const { openOrders, fills, askedAtUs } = this;
    return { askedAtUs, totals: new Map(this.totals), openOrders, fills };
  };
}
