import type { AssetId, Decimal, ExecutionReport } from '@ats/domain';
import type { VenueOpenOrder, VenueSnapshot } from '../../src/index.ts';

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

  readonly read = async (): Promise<VenueSnapshot> => {
    this.asked += 1;
    await this.meanwhile();
    if (this.failure !== undefined) throw this.failure;
    const { openOrders, fills } = this;
    return { askedAtUs: 1, totals: new Map(this.totals), openOrders, fills };
  };
}
