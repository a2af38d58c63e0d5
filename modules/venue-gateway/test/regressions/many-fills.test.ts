import { until } from '@ats/testkit';
import {
  type Gateway,
  type Simulator,
  startGateway,
  startSimulator,
  submitted,
  temporaryFolder,
} from '../support.ts';

/** More than Upbit answers questions in a second, each of which tells the trades of one order. */
const ORDERS = 50;

describe('fills of many orders, which have to be asked for one by one', () => {
  const folder = temporaryFolder();
  let simulator: Simulator;
  let gateway: Gateway | undefined;
  beforeAll(async () => {
    simulator = await startSimulator();
  }, 30_000);
  afterAll(async () => {
    await gateway?.drain();
    await simulator.stop();
    folder.remove();
  });
  const start = async (): Promise<Gateway> => {
    gateway = await startGateway({
      folder: folder.path,
      venues: simulator.venues,
      only: ['upbit'],
    });
    return gateway;
  };

  it('are all told, by a gateway that has just started as well', async () => {
    const on = { venue: 'upbit', instrument: 'BTC/KRW' } as never as { venue: never };
    const terms = { limitPrice: '160000000', timeInForce: 'ioc', quantity: '0.0001' } as const;
    const first = await start();
    const events = Array.from({ length: ORDERS }, () => submitted({ ...on, ...terms }));
    for (const event of events) await first.emit(event);
    const filled = async () => {
      const reports = await first.reports();
      return new Set(reports.filter(({ type }) => type === 'fill').map(({ orderId }) => orderId));
    };
    await until(async () => (await filled()).size === ORDERS, { timeoutMs: 60_000 });
    const expected = await filled();
    // Within the first second of them: that venue tells no less of when something was.
    const times = (await first.reports()).map(({ exchangeTimeUs }) => exchangeTimeUs);
    const fillsSinceUs = Math.min(...times.filter((timeUs) => timeUs > 0)) + 400_000;
    await first.drain();
    const second = await start();
    const { fills } = await second.service.GetVenueState(
      { venue: 'upbit', fillsSinceUs },
      {} as never,
    );
    expect(new Set(fills.map(({ orderId }) => orderId))).toEqual(expected);
  }, 120_000);
});
