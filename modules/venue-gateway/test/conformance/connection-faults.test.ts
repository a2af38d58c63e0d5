import { type Simulator, startSimulator, temporaryFolder } from '../support.ts';
import { MARKETS, VenueBench } from './venue-bench.ts';

let simulator: Simulator;

beforeAll(async () => {
  simulator = await startSimulator();
}, 30_000);
afterAll(() => simulator?.stop());

const REPORT_FAULTS = [
  ['VEN-101', 'lost', { kind: 'report-drop', count: 20 }],
  ['VEN-102', 'doubled', { kind: 'report-duplicate', count: 20 }],
  ['VEN-103', 'late', { kind: 'report-late', count: 20, amountMs: 400 }],
  ['VEN-104', 'swapped', { kind: 'report-reorder', count: 20, amountMs: 300 }],
] as const;

describe.each(MARKETS)('faults of the way to $venue', (market) => {
  const folder = temporaryFolder();
  let bench: VenueBench;

  beforeAll(async () => {
    bench = new VenueBench({ market, simulator, folder: folder.path });
    await bench.start();
  }, 30_000);
  afterEach(() => simulator.calm());
  afterAll(async () => {
    await bench.stop();
    folder.remove();
  });

  it.each(REPORT_FAULTS)(
    '%s reports each fill once when pushes are %s',
    async (_id, _how, fault) => {
      const resting = await bench.submit();
      await bench.saw(resting, 'accepted');
      await bench.fault(fault);
      const taking = await bench.take();
      await bench.ended(taking);
      await bench.cancel(resting);
      await bench.saw(resting, 'canceled');
      await bench.agrees();
    },
    30_000,
  );

  it('VEN-105 goes on after its streams broke', async () => {
    const resting = await bench.submit();
    await bench.saw(resting, 'accepted');
    await bench.fault({ kind: 'disconnect' });
    const taking = await bench.take();
    await bench.ended(taking);
    await bench.agrees([resting]);
    await bench.cancel(resting);
    await bench.saw(resting, 'canceled');
    await bench.agrees();
  }, 30_000);

  it('VEN-106 reports an order that the venue cancelled by itself', async () => {
    const order = await bench.submit();
    await bench.saw(order, 'accepted');
    await bench.fault({ kind: 'mass-cancel' });
    await bench.saw(order, 'canceled');
    await bench.agrees();
  }, 30_000);

  it('VEN-107 loses no order while the venue asks for fewer calls', async () => {
    const resting = await bench.submit();
    await bench.saw(resting, 'accepted');
    await bench.fault({ kind: 'rate-limit', durationMs: 1200, scope: 'private' });
    const taking = await bench.take();
    await bench.cancel(resting);
    await bench.saw(resting, 'canceled');
    await bench.ended(taking);
    await bench.agrees();
  }, 30_000);

  it('VEN-108 comes through a maintenance with every order accounted for', async () => {
    const resting = await bench.submit();
    await bench.saw(resting, 'accepted');
    await bench.fault({ kind: 'maintenance', durationMs: 1000 });
    const taking = await bench.take();
    await bench.cancel(resting);
    await bench.saw(resting, 'canceled');
    await bench.ended(taking);
    await bench.agrees();
  }, 30_000);

  it('VEN-109 comes through the death of the venue, which cancels all that stands', async () => {
    const resting = await bench.submit();
    await bench.saw(resting, 'accepted');
    await bench.fault({ kind: 'kill', durationMs: 1000, massCancel: true });
    const orders = [await bench.take(), await bench.take(), await bench.take()];
    for (const order of orders) await bench.ended(order);
    await bench.saw(resting, 'canceled');
    await bench.agrees();
  }, 30_000);

  it('VEN-110 knows no less for answers that take longer than it waits', async () => {
    await bench.fault({ kind: 'latency', amountMs: 900, durationMs: 1500 });
    const taking = await bench.take();
    await bench.ended(taking);
    await bench.agrees();
  }, 30_000);

  it('VEN-111 is not misled by the clock of the venue', async () => {
    await bench.fault({ kind: 'clock-drift', amountMs: -1500, durationMs: 1500 });
    const taking = await bench.take();
    await bench.ended(taking);
    await bench.agrees();
  }, 30_000);

  it('VEN-112 takes up what an earlier run left, without sending anything twice', async () => {
    const resting = await bench.submit();
    await bench.saw(resting, 'accepted');
    await bench.fault({ kind: 'accepted-then-timeout', request: 'place', amountMs: 5000 });
    const unknown = await bench.submit();
    await bench.saw(unknown, 'unknown');
    await bench.stop();
    await simulator.calm();
    await bench.start();
    await bench.saw(unknown, 'accepted');
    await bench.agrees([resting, unknown]);
    for (const order of [resting, unknown]) {
      await bench.cancel(order);
      await bench.saw(order, 'canceled');
    }
    await bench.agrees();
  }, 30_000);

  it('VEN-113 never sends an order again whose event comes again', async () => {
    const taking = await bench.take();
    await bench.ended(taking);
    await bench.agrees();
    await bench.repeat(taking);
    const resting = await bench.submit();
    await bench.saw(resting, 'accepted');
    await bench.repeat(resting);
    await bench.cancel(resting);
    await bench.saw(resting, 'canceled');
    await bench.agrees();
  }, 30_000);

  it('VEN-114 starts while the venue is down, and takes up orders once it is back', async () => {
    const resting = await bench.submit();
    await bench.saw(resting, 'accepted');
    await bench.stop();
    await bench.fault({ kind: 'kill', durationMs: 0, massCancel: true });
    await bench.start();
    const early = await bench.take();
    expect((await bench.ended(early)).map(({ type }) => type)).toEqual(['rejected']);
    await simulator.calm();
    await bench.saw(resting, 'canceled');
    await bench.ended(await bench.take());
    await bench.agrees();
  }, 30_000);
});
