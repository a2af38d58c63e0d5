import { fillReport, USDT } from '../stage.ts';
import { Reconciling } from './reconciling.ts';

describe('reconciliation while orders are on their way', () => {
  let world: Reconciling;
  beforeEach(async () => {
    world = await Reconciling.open();
  });
  afterEach(() => world.close());

  it('stays open while a fill is on its way from the venue', async () => {
    await world.stage.deposit(USDT, 2000);
    const order = await world.stage.submit();
    await world.stage.quiet();
    world.holds(2000);
    const { compare } = world.begin();
    expect((await compare()).open).toBe(true);
    for (let fill = 0; fill < 5; fill += 1) {
      // Filled at the venue, and told only after we looked.
      world.holds(2000 - 100 * (fill + 1), fill + 1);
      expect((await compare()).open).toBe(true);
      await world.stage.report(fillReport(order, { quantity: 1 }));
      await world.stage.quiet();
    }
    expect((await compare()).open).toBe(true);
  });

  it('judges nothing by an asset that moves while the venue is asked', async () => {
    await world.stage.deposit(USDT, 100);
    world.holds(100);
    const { compare } = world.begin();
    await compare();
    let number = 0;
    world.venue.meanwhile = async () => {
      number += 1;
      await world.stage.deposit(USDT, number);
    };
    const { open, differences } = await compare(5);
    expect([open, differences]).toEqual([true, []]);
  });

  it('closes a venue whose difference keeps changing for too long', async () => {
    await world.stage.deposit(USDT, 100);
    world.holds(100);
    const { compare, reconciler } = world.begin({ unsettledUsMax: 10_000_000 });
    await compare();
    let verdict = await compare();
    for (let round = 0; round < 11; round += 1) {
      world.holds(101 + round);
      verdict = await compare();
    }
    expect(verdict).toMatchObject({ open: false, differences: [{ settled: false }] });
    const differenceId = verdict.differences[0]?.differenceId ?? '';
    await expect(
      reconciler.confirm({ differenceId, kind: 'deposit', actor: 'ann', reason: 'x' }),
    ).rejects.toMatchObject({ code: 'LEDGER_CONFIRMATION_INVALID' });
  });

  it('stays open through trading without a pause, as long as open orders explain it', async () => {
    await world.stage.deposit(USDT, 2000);
    await world.stage.submit();
    await world.stage.quiet();
    world.holds(2000);
    const rules = { unsettledUsMax: 10_000_000, explainedUsMax: 60_000_000 };
    const { compare } = world.begin(rules);
    await compare();
    const trade = async (rounds: number) => {
      let verdict = await compare();
      for (let round = 0; round < rounds; round += 1) {
        const bought = round % 2 === 0 ? 1 : 2;
        world.holds(2000 - 100 * bought, bought);
        verdict = await compare();
      }
      return verdict;
    };
    expect(await trade(30)).toMatchObject({ open: true, differences: [] });
    expect(await trade(31)).toMatchObject({ open: false });
  });

  it('asks for older fills only while a fill may be missing', async () => {
    await world.stage.deposit(USDT, 5000);
    await world.stage.submit();
    await world.stage.quiet();
    world.holds(5000);
    const { compare } = world.begin({ fillsOverlapUs: 1_000_000 });
    const askedFor = async (askedAtUs: number) => {
      world.venue.askedAtUs = askedAtUs;
      // What follows from this comparison shows in the next.
      await compare(2);
      return world.venue.fillsSinceUs;
    };
    const start = world.clock.nowUs() + 100_000_000;
    expect(await askedFor(start)).toBe(start - 1_000_000);
    world.holds(4900, 1);
    expect(await askedFor(start + 10_000_000)).toBe(start + 9_000_000);
    world.holds(4900, 500);
    expect(await askedFor(start + 20_000_000)).toBe(start + 9_000_000);
  });

  it('closes a venue for what the open orders cannot have done', async () => {
    await world.stage.deposit(USDT, 5000);
    await world.stage.submit();
    await world.stage.quiet();
    world.holds(5000);
    const { compare } = world.begin({ unsettledUsMax: 10_000_000 });
    await compare();
    let verdict = await compare();
    for (let round = 0; round < 12; round += 1) {
      world.holds(2500 - round);
      verdict = await compare();
    }
    expect(verdict.open).toBe(false);
    expect(verdict.differences[0]).toMatchObject({ subject: USDT, settled: false });
  });
});
