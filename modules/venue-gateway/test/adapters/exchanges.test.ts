import { Decimal } from '@ats/domain';
import { until } from '@ats/testkit';
import {
  type Gateway,
  type Simulator,
  startGateway,
  startSimulator,
  submitted,
  temporaryFolder,
} from '../support.ts';

let simulator: Simulator;
let gateway: Gateway;
const folder = temporaryFolder();

beforeAll(async () => {
  simulator = await startSimulator();
  gateway = await startGateway({ folder: folder.path, venues: simulator.venues });
}, 30_000);

afterAll(async () => {
  await gateway?.drain();
  await simulator?.stop();
  folder.remove();
});

const atWork = async (name: string): Promise<number | undefined> => {
  const { venues } = await gateway.service.ListVenues({}, {} as never);
  return venues.find(({ venue }) => venue === name)?.ordersAtWork;
};

const CASES = [
  { venue: 'binance', instrument: 'BTC/USDT', high: '120000' },
  { venue: 'kraken', instrument: 'BTC/USD', high: '120000' },
  { venue: 'coinbase', instrument: 'BTC/USD', high: '120000' },
  { venue: 'upbit', instrument: 'BTC/KRW', high: '160000000' },
  { venue: 'bitfinex', instrument: 'BTC/USDT', high: '120000' },
] as const;

describe.each(CASES)('orders at the simulated $venue', ({ venue, instrument, high }) => {
  const on = { venue, instrument } as never as { venue: never; instrument: never };

  it('fills an immediate order and reports every fill with its fee', async () => {
    const event = submitted({ ...on, limitPrice: high, timeInForce: 'ioc', quantity: '0.012' });
    await gateway.emit(event);
    const { order } = event;
    const filled = async () => {
      const fills = (await gateway.reportsOn(order)).flatMap(({ fill }) => fill ?? []);
      const sum = fills.reduce((total, { quantity }) => total.add(quantity), Decimal.ZERO);
      return sum.equals(order.terms.quantity) ? fills : undefined;
    };
    const fills = await until(filled, { timeoutMs: 10_000 });
    for (const { fee } of fills) expect(fee.amount.isPositive()).toBe(true);
    expect((await gateway.reportsOn(order))[0]?.type).toBe('accepted');
    await until(async () => (await atWork(venue)) === 0);
  }, 20_000);
});
