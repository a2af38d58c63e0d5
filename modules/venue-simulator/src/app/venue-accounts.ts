import { Decimal } from '@ats/domain';
import type { Timers } from '@ats/runtime';
import type { SimulatorConfig } from '../config.ts';
import type { Account } from '../domain/accounts/account.ts';
import { openAccounts } from '../domain/accounts/venue-accounts.ts';
import type { SimulatedVenue } from '../domain/model/market-model.ts';
import { accountFaults, type CountedFaults } from './counted-faults.ts';
import type { AccountKey, DialectServer, VenueAccounts } from './dialect-server.ts';
import type { OrderJournal } from './order-journal.ts';
import { ReportFeed } from './report-feed.ts';
import type { SimulatorMetrics } from './simulator-metrics.ts';

/** A venue's customers, as the process that runs the venue has them. */
export interface OpenAccounts extends VenueAccounts {
  readonly byName: ReadonlyMap<string, Account>;
  /** Cancels every resting order. */
  cancelAll(): void;
  close(): void;
}

/** Opens a venue's accounts as `simulator.accounts` lists them. */
export function openVenueAccounts(parts: {
  readonly venue: SimulatedVenue;
  readonly dialect: DialectServer;
  readonly config: SimulatorConfig;
  readonly metrics: SimulatorMetrics;
  readonly faults: CountedFaults;
  readonly timers: Timers;
  readonly journal: OrderJournal | undefined;
}): OpenAccounts {
  const { venue, dialect, metrics, faults, timers, journal } = parts;
  const { accounts: listed, accountLimits } = parts.config.simulator;
  const configs = listed[venue.name] ?? [];
  const feed = new ReportFeed({ faults, timers });
  const accounts = openAccounts({
    markets: venue.markets,
    limits: accountLimits,
    clientIdRule: dialect.clientIdRule ?? 'when-done',
    onAnswer: (result) => metrics.accountOrders.add({ venue: venue.name, result }),
    onReport: (report, account) => feed.publish(report, account),
    onEnter: journal === undefined ? undefined : (...met) => journal.enter(venue.name, ...met),
    faults: accountFaults(faults),
    accounts: configs.map(({ name, balances, feeIn, mayWithdraw }) => ({
      name,
      feeIn,
      mayWithdraw,
      deposits: new Map(
        Object.entries(balances).map(([asset, amount]) => [asset, Decimal.parse(amount)]),
      ),
    })),
  });
  const byApiKey = new Map<string, AccountKey>();
  for (const [index, account] of accounts.entries()) {
    const { apiKey = '', secret = '', passphrase } = configs[index] ?? {};
    const listen: AccountKey['listen'] = (listener) => feed.listen(account, listener);
    byApiKey.set(apiKey, { account, apiKey, secret, passphrase, listen });
  }
  return {
    byApiKey: (apiKey) => byApiKey.get(apiKey),
    byName: new Map(accounts.map((account) => [account.name, account])),
    cancelAll() {
      for (const account of accounts) account.cancelAll();
    },
    close: () => feed.close(),
  };
}
