import { Decimal, deriveClientOrderId, type Listing, orderId, venueId } from '@ats/domain';
import { listingsOf, loadConfig, parseConfig, systemClock, systemTimers } from '@ats/runtime';
import { silentLogger } from '@ats/testkit';
import { openCcxtConnector } from '../../src/adapters/open-connector.ts';
import type { VenueConnector, VenueSubmit } from '../../src/app/venue-connector.ts';
import { venueGatewayConfigSchema } from '../../src/config.ts';
import { CONFIG_FOLDER, type Simulator, startSimulator } from '../support.ts';

/** More than any of the venues lists on one page unless it is asked for more. */
const LATER_ORDERS = 60;
const PRICES = { USDT: '3.5', USD: '3.5', KRW: '4800' } as const;

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator();
}, 30_000);
afterAll(() => simulator?.stop());

const config = parseConfig(
  loadConfig({ folder: CONFIG_FOLDER, environment: {}, assignments: [] }),
  venueGatewayConfigSchema,
);

async function open(venue: string): Promise<{ connector: VenueConnector; listing: Listing }> {
  const settings = config.venues[venue];
  const at = simulator.venues[venue];
  if (settings === undefined || at === undefined) throw new Error(`no venue ${venue}`);
  const listings = listingsOf(config).filter((one) => one.venue === venue);
  const connector = await openCcxtConnector({
    vaultKey: async () => undefined,
    venue: venueId(venue),
    kind: 'simulated',
    section: { ...config.venueGateway, stream: false },
    settings: { ...settings, ws: [at.ws], rest: [at.rest].flat() },
    listings,
    timers: systemTimers,
    logger: silentLogger(),
  });
  const listing = listings.find(({ base }) => base.id === 'XRP');
  if (listing === undefined) throw new Error(`${venue} lists no XRP`);
  return { connector, listing };
}

/** An immediate order that fills at once. */
function order(listing: Listing, name: string): VenueSubmit {
  const clientOrderId = deriveClientOrderId({ orderId: orderId(name), revision: 0 });
  const quote = listing.quote.id as keyof typeof PRICES;
  return {
    clientOrderId,
    venueOrderId: undefined,
    instrument: listing.instrument,
    side: 'buy',
    sentAtUs: systemClock.nowUs(),
    quantity: Decimal.parse('10'),
    limitPrice: Decimal.parse(PRICES[quote]),
    timeInForce: 'ioc',
    postOnly: false,
  };
}

/** Submits as soon as the venue's budget lets it. */
async function submit(connector: VenueConnector, one: VenueSubmit): Promise<void> {
  for (;;) {
    const answer = await connector.submit(one);
    if (answer.kind === 'accepted') return;
    if (answer.kind !== 'rate-limited') throw new Error(JSON.stringify(answer));
    await systemTimers.sleep(200);
  }
}

describe('an order whose answer was lost, long after others were done', () => {
  it.each(['binance', 'kraken', 'coinbase', 'upbit', 'bitfinex'])(
    'is found by our id at %s',
    async (venue) => {
      const { connector, listing } = await open(venue);
      const first = order(listing, `${venue}-first`);
      await submit(connector, first);
      for (let index = 0; index < LATER_ORDERS; index += 1) {
        await submit(connector, order(listing, `${venue}-${index}`));
      }
      let answer = await connector.query(first);
      while (answer.kind === 'rate-limited') {
        await systemTimers.sleep(500);
        answer = await connector.query(first);
      }
      expect(answer).toMatchObject({ kind: 'found', state: { status: 'filled' } });
      await connector.close();
    },
    60_000,
  );
});
