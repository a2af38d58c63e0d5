import { Decimal } from '@ats/domain';
import type { SimulatorConfig } from '../config.ts';
import { openAccounts } from '../domain/accounts/venue-accounts.ts';
import type { SimulatedVenue } from '../domain/model/market-model.ts';
import type { AccountKey, DialectServer, VenueAccounts } from './dialect-server.ts';
import type { SimulatorMetrics } from './simulator-metrics.ts';

/** Opens a venue's accounts as `simulator.accounts` lists them. */
export function openVenueAccounts(parts: {
  readonly venue: SimulatedVenue;
  readonly dialect: DialectServer;
  readonly config: SimulatorConfig;
  readonly metrics: SimulatorMetrics;
}): VenueAccounts {
  const { venue, dialect, metrics } = parts;
  const { accounts: listed, accountLimits } = parts.config.simulator;
  const configs = listed[venue.name] ?? [];
  const accounts = openAccounts({
    markets: venue.markets,
    limits: accountLimits,
    clientIdRule: dialect.clientIdRule ?? 'when-done',
    onAnswer: (result) => metrics.accountOrders.add({ venue: venue.name, result }),
    accounts: configs.map(({ name, balances, feeIn }) => ({
      name,
      feeIn,
      deposits: new Map(
        Object.entries(balances).map(([asset, amount]) => [asset, Decimal.parse(amount)]),
      ),
    })),
  });
  const byApiKey = new Map<string, AccountKey>();
  for (const [index, account] of accounts.entries()) {
    const { apiKey = '', secret = '', passphrase } = configs[index] ?? {};
    byApiKey.set(apiKey, { account, apiKey, secret, passphrase });
  }
  return { byApiKey: (apiKey) => byApiKey.get(apiKey) };
}
