import { type Simulator, startSimulator, temporaryFolder } from '../support.ts';
import { MARKETS, VenueBench } from './venue-bench.ts';

let simulator: Simulator;

beforeAll(async () => {
  simulator = await startSimulator();
}, 30_000);
afterAll(() => simulator?.stop());

describe.each(MARKETS)('faults of orders at $venue', (market) => {
  const folder = temporaryFolder();
  const bench = (): VenueBench => current;
  let current: VenueBench;

  beforeAll(async () => {
    current = new VenueBench({ market, simulator, folder: folder.path });
    await current.start();
  }, 30_000);
  afterEach(() => simulator.calm());
  afterAll(async () => {
    await current.stop();
    folder.remove();
  });

  it('VEN-001 carries an order that rests, and its cancel', async () => {
    const order = await bench().submit();
    await bench().saw(order, 'accepted');
    await bench().agrees([order]);
    await bench().cancel(order);
    const reports = await bench().ended(order);
    expect(reports.map(({ type }) => type)).toEqual(['accepted', 'canceled']);
    await bench().agrees();
  }, 30_000);

  it('VEN-002 finds an order whose acceptance timed out, and never sends it twice', async () => {
    await bench().fault({ kind: 'accepted-then-timeout', request: 'place', amountMs: 5000 });
    const order = await bench().submit();
    await bench().saw(order, 'accepted');
    expect(await bench().types(order)).toEqual(['unknown', 'accepted']);
    await bench().agrees([order]);
    await bench().cancel(order);
    await bench().ended(order);
    await bench().agrees();
  }, 30_000);

  it('VEN-003 rejects an order that never arrived, but not too early', async () => {
    await bench().fault({ kind: 'rejected-by-timeout', request: 'place', amountMs: 5000 });
    const order = await bench().submit();
    const [unknown, rejected] = await bench().ended(order);
    expect([unknown?.type, rejected?.type]).toEqual(['unknown', 'rejected']);
    const waitedUs = (rejected?.receivedAtUs ?? 0) - order.createdAtUs;
    expect(waitedUs).toBeGreaterThanOrEqual(1_500_000);
    await bench().agrees();
  }, 30_000);

  it('VEN-004 finds the fills of an immediate order whose answer timed out', async () => {
    await bench().fault({ kind: 'accepted-then-timeout', request: 'place', amountMs: 5000 });
    const order = await bench().take();
    const types = (await bench().ended(order)).map(({ type }) => type);
    expect(types).toContain('fill');
    await bench().agrees();
  }, 30_000);

  it('VEN-005 cancels again when a cancel was answered and lost', async () => {
    const order = await bench().submit();
    await bench().saw(order, 'accepted');
    await bench().fault({ kind: 'cancel-lost' });
    await bench().cancel(order);
    await bench().saw(order, 'canceled');
    await bench().agrees();
  }, 30_000);

  it('VEN-006 learns of a cancel whose answer timed out', async () => {
    const order = await bench().submit();
    await bench().saw(order, 'accepted');
    await bench().fault({ kind: 'accepted-then-timeout', request: 'cancel', amountMs: 5000 });
    await bench().cancel(order);
    await bench().saw(order, 'canceled');
    await bench().agrees();
  }, 30_000);

  it('VEN-007 sends a cancel again that never arrived', async () => {
    const order = await bench().submit();
    await bench().saw(order, 'accepted');
    await bench().fault({ kind: 'rejected-by-timeout', request: 'cancel', amountMs: 5000 });
    await bench().cancel(order);
    await bench().saw(order, 'canceled');
    await bench().agrees();
  }, 30_000);

  it('VEN-008 reports an order that the venue refuses', async () => {
    await bench().fault({ kind: 'order-reject', reason: 'INSUFFICIENT_FUNDS' });
    const order = await bench().submit();
    const [report] = await bench().ended(order);
    expect(report?.type).toBe('rejected');
    expect(report?.detail).not.toBe('');
    await bench().agrees();
  }, 30_000);

  it('VEN-009 reports what a partly filled immediate order got, and then its end', async () => {
    await bench().fault({ kind: 'partial-fill' });
    const order = await bench().take();
    const reports = await bench().ended(order);
    const end = reports.findIndex(({ type }) => type === 'expired');
    const lastFill = reports.findLastIndex(({ type }) => type === 'fill');
    if (end >= 0) expect(end).toBeGreaterThan(lastFill);
    expect(lastFill).toBeGreaterThan(0);
    await bench().cancel(order);
    await bench().agrees();
  }, 30_000);

  it('VEN-010 reports a fill that overtook a cancel, which was too late', async () => {
    const order = await bench().submit();
    await bench().saw(order, 'accepted');
    await bench().fault({ kind: 'fill-during-cancel' });
    await bench().cancel(order);
    await bench().ended(order);
    const answer = await bench().saw(order, 'cancel-rejected');
    expect(answer).toMatchObject({ tooLate: true });
    const types = await bench().types(order);
    expect(types.lastIndexOf('fill')).toBeLessThan(types.indexOf('cancel-rejected'));
    await bench().agrees();
  }, 30_000);

  it('VEN-011 replaces an order in place, or says that the venue cannot', async () => {
    const order = await bench().submit();
    await bench().saw(order, 'accepted');
    const changed = await bench().replace(order, { quantity: '0.02', limitPrice: market.low });
    const type = market.replaces ? 'replaced' : 'replace-rejected';
    await bench().saw(order, type);
    await bench().cancel(changed);
    await bench().saw(order, 'canceled');
    await bench().agrees();
  }, 30_000);

  it('VEN-012 learns of a replace whose answer timed out', async () => {
    const order = await bench().submit();
    await bench().saw(order, 'accepted');
    await bench().fault({ kind: 'accepted-then-timeout', request: 'replace', amountMs: 5000 });
    const changed = await bench().replace(order, { quantity: '0.02', limitPrice: market.low });
    const type = market.replaces ? 'replaced' : 'replace-rejected';
    await bench().saw(order, type);
    await bench().cancel(changed);
    await bench().saw(order, 'canceled');
    await bench().agrees();
  }, 30_000);

  it('VEN-013 does not send an order whose time to leave has passed', async () => {
    const order = await bench().submit({}, { sendBeforeUs: 1 });
    const reports = await bench().ended(order);
    expect(reports.map(({ type }) => type)).toEqual(['expired']);
    await bench().agrees();
  }, 30_000);
});
