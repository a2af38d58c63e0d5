import { assetId } from '@ats/domain';
import { executionKey } from '@ats/orders';
import { silentLogger } from '@ats/testkit';
import { MissingFills } from '../../src/app/missing-fills.ts';
import { decimal, fillReport, sampleOrder } from '../stage.ts';
import { Reconciling } from './reconciling.ts';

const TOLD_MAX = 1000;

describe('limits of a reconciliation', () => {
  let world: Reconciling;
  beforeEach(async () => {
    world = await Reconciling.open();
  });
  afterEach(() => world.close());

  it('are counted when a booked fill is forgotten, which the store then tells again', async () => {
    const { state, log, unbooked } = world.stage;
    const hits: string[] = [];
    const missing = new MissingFills({
      ...{ state, log, unbooked, logger: silentLogger(), bookedMax: 2 },
      onLimit: (limit) => void hits.push(limit),
    });
    const order = sampleOrder();
    const fills = ['a', 'b', 'c'].map((id) => fillReport(order, { quantity: 1, id }));
    for (const fill of fills) {
      await state.transact([{ kind: 'update', key: executionKey(fill), set: { at: '1' } }]);
    }
    expect([await missing.find(fills.slice(0, 2)), hits]).toEqual([[], []]);
    expect([await missing.find(fills), hits]).toEqual([[], ['booked_fills']]);
    expect(await missing.find(fills)).toEqual([]);
  });

  it('are counted when more differs than is remembered as told', async () => {
    for (let index = 0; index <= TOLD_MAX; index += 1) {
      world.venue.totals.set(assetId(`A${index}`), decimal(1));
    }
    const { compare } = world.begin();
    expect((await compare(3)).differences).toHaveLength(TOLD_MAX + 1);
    expect(world.limitsHit).toEqual(['told_differences']);
  });
});
