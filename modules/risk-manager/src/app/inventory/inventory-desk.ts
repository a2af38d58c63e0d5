import type { LEDGER_SERVICE } from '@ats/contracts';
import { balanceFromWire } from '@ats/contracts';
import {
  type AccountId,
  type BookTop,
  type Listing,
  type MarketEvent,
  marketId,
} from '@ats/domain';
import type { Clock, RpcClient, ServiceName } from '@ats/runtime';
import type { MarketBus } from '@ats/storage';
import {
  leastOf,
  type Market,
  marketOf,
  type Values,
  valuesOf,
} from '../../domain/inventory/markets.ts';
import { type PlanStep, planOf } from '../../domain/inventory/plan.ts';
import { type Runway, runwayOf } from '../../domain/inventory/runway.ts';
import type { InventoryRules } from '../../inventory-config.ts';
import type { FlowKeeper } from './flow-keeper.ts';
import type { ProfitKeeper } from './profit-keeper.ts';

type LedgerService = typeof LEDGER_SERVICE extends ServiceName<infer Service> ? Service : never;

export interface InventoryDeskOptions {
  readonly flows: FlowKeeper;
  readonly profits: ProfitKeeper;
  /** What there is, is the ledger's to say. */
  readonly ledger: Pick<RpcClient<LedgerService>, 'GetBalances'>;
  readonly deadlineMs: number;
  /** Without it nothing has a value, and nothing can be traded back. */
  readonly bus: MarketBus | undefined;
  readonly listings: readonly Listing[];
  readonly rules: InventoryRules;
  /** Older books are not traded on, microseconds. */
  readonly bookAgeUsMax: () => number;
  readonly clock: Clock;
}

/** The inventory at one moment. */
export interface InventoryReading {
  readonly runways: readonly Runway[];
  readonly values: Values;
  /** Markets whose books are fresh. */
  readonly markets: readonly Market[];
}

/** How long the inventory of every account lasts, and what can be done about it. Only plans. */
export class InventoryDesk {
  private readonly options: InventoryDeskOptions;

  constructor(options: InventoryDeskOptions) {
    this.options = options;
  }

  /** @throws what the ledger's service throws */
  async read(): Promise<InventoryReading> {
    const { flows, rules, clock, bookAgeUsMax } = this.options;
    const [balances, all] = await Promise.all([
      Promise.all(flows.accounts().map((account) => this.balancesOf(account))),
      this.markets(),
    ]);
    const values = valuesOf(all, rules.plan.numeraire);
    const runways = balances.flat().map((balance) => {
      const { accountId, venue, asset, available, reserved } = balance;
      const { listings } = this.options;
      const value = values.get(asset);
      const least = leastOf({ asset, venue, listings, value, ...rules });
      const flow = flows.flow({ accountId, venue, asset });
      return runwayOf({ accountId, venue, asset, available, reserved, least, flow }, rules.plan);
    });
    const freshUs = clock.nowUs() - bookAgeUsMax();
    const markets = all.filter(({ receivedAtUs }) => receivedAtUs >= freshUs);
    return { runways, values, markets };
  }

  plan(reading: InventoryReading): readonly PlanStep[] {
    const { rules, profits } = this.options;
    const { termsOf, plan } = rules;
    const profitPerHour = profits.perHour.bind(profits);
    return planOf({ ...reading, termsOf, rules: plan, profitPerHour });
  }

  private async balancesOf(account: AccountId) {
    const { ledger, deadlineMs } = this.options;
    const { balances } = await ledger.GetBalances(
      { accountId: account, venue: '' },
      { deadlineMs },
    );
    return balances.map(balanceFromWire);
  }

  /** Markets with a book that may be used. */
  private async markets(): Promise<readonly Market[]> {
    const events = (await this.options.bus?.latest({ kinds: ['book', 'status'] })) ?? [];
    const books = new Map<string, BookTop>();
    const down = new Set<string>();
    for (const event of events) noteMarket(event, books, down);
    return this.options.listings.flatMap((listing) => {
      const key = marketId(listing);
      const book = books.get(key);
      return book === undefined || down.has(key) ? [] : [marketOf(listing, book)];
    });
  }
}

function noteMarket(event: MarketEvent, books: Map<string, BookTop>, down: Set<string>): void {
  const key = marketId(event);
  if (event.kind === 'book') books.set(key, event);
  if (event.kind === 'status' && event.state !== 'live') down.add(key);
}
