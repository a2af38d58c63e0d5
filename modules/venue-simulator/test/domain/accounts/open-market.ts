import { assetId, Decimal, instrumentId, venueId } from '@ats/domain';
import type {
  Account,
  AccountLimits,
  AccountOptions,
} from '../../../src/domain/accounts/account.ts';
import type { AccountFaults, ClientIdRule, FeeIn } from '../../../src/domain/accounts/orders.ts';
import { openAccounts } from '../../../src/domain/accounts/venue-accounts.ts';
import { SimulatedMarket } from '../../../src/domain/simulated-market.ts';

export const SYMBOL = 'BTCUSDT';

export interface Desk {
  readonly market: SimulatedMarket;
  readonly accounts: readonly Account[];
}

/** One market without background orders, and accounts that all begin with the same money. */
export function openDesk(
  options: {
    readonly accounts?: number;
    readonly feeIn?: FeeIn;
    readonly clientIdRule?: ClientIdRule;
    readonly limits?: Partial<AccountLimits>;
    readonly deposit?: Readonly<Record<string, string>>;
    readonly onReport?: AccountOptions['onReport'];
    readonly faults?: AccountFaults | undefined;
  } = {},
): Desk {
  const market = new SimulatedMarket(
    {
      venue: venueId('binance'),
      instrument: instrumentId({ base: 'BTC', quote: 'USDT' }),
      symbol: SYMBOL,
      base: { id: assetId('BTC'), network: 'bitcoin' },
      quote: { id: assetId('USDT'), network: 'ethereum' },
      priceTick: Decimal.parse('0.01'),
      quantityStep: Decimal.parse('0.00001'),
      quantityMin: Decimal.parse('0.00002'),
      notionalMin: Decimal.parse('0.001'),
      fees: { takerBps: Decimal.parse('7.5'), makerBps: Decimal.parse('3') },
    },
    100,
  );
  market.begin(1_700_000_000_000_000);
  const deposit = options.deposit ?? { BTC: '1', USDT: '120.5' };
  const accounts = openAccounts({
    markets: new Map([[SYMBOL, market]]),
    limits: { openOrdersMax: 20, closedOrdersMax: 50, tradesMax: 5000, ...options.limits },
    clientIdRule: options.clientIdRule ?? 'when-done',
    onAnswer: () => {},
    onReport: options.onReport,
    faults: options.faults,
    accounts: Array.from({ length: options.accounts ?? 1 }, (_, index) => ({
      name: `account-${index}`,
      feeIn: options.feeIn ?? 'quote',
      deposits: new Map(
        Object.entries(deposit).map(([asset, amount]) => [asset, Decimal.parse(amount)]),
      ),
    })),
  });
  return { market, accounts };
}

let backgroundId = 0;

/** An order of nobody in particular, as the market model submits them. */
export function background(
  market: SimulatedMarket,
  order: { side: 'bid' | 'ask'; price: string; quantity: string },
): void {
  backgroundId += 1;
  const steps = (text: string, step: string): number =>
    Number(Decimal.parse(text).divide(Decimal.parse(step), { scale: 0, rounding: 'down' }));
  market.engine.submit({
    orderId: backgroundId * 256,
    owner: 0,
    side: order.side,
    type: 'limit',
    timeInForce: 'gtc',
    postOnly: false,
    priceTicks: steps(order.price, '0.01'),
    lots: steps(order.quantity, '0.00001'),
  });
}
