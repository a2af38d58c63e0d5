import { INVENTORY_SERVICE, LEDGER_SERVICE } from '@ats/contracts';
import type { Outbox } from '@ats/orders';
import { listingsOf, type RpcDirectory, type RpcServing } from '@ats/runtime';
import type { MarketBus } from '@ats/storage';
import type { RiskConfig } from '../../config.ts';
import { inventoryRulesOf } from '../../inventory-config.ts';
import type { LimitBook } from '../limit-book.ts';
import { type FollowerOptions, LogFollower } from '../log-follower.ts';
import { FlowKeeper, type KeeperOptions } from './flow-keeper.ts';
import { InventoryDesk } from './inventory-desk.ts';
import { inventoryHandlers } from './inventory-handlers.ts';
import { InventoryWatch } from './inventory-watch.ts';
import { ProfitKeeper } from './profit-keeper.ts';

/** Longest that the ledger may take to say what there is, milliseconds. */
const LEDGER_DEADLINE_MS = 2000;

export interface InventoryOptions extends FollowerOptions {
  readonly config: RiskConfig;
  readonly limits: LimitBook;
  readonly metrics: KeeperOptions['metrics'];
  readonly rpc: RpcDirectory;
  readonly bus: MarketBus | undefined;
  readonly outbox: Outbox;
}

/** How long assets last where they are: followed, watched and told. */
export class Inventory {
  private readonly followers: readonly { close(): Promise<void>; trouble(): string }[];
  private readonly watch: InventoryWatch;
  private readonly begin: () => Promise<RpcServing>;
  private serving: RpcServing | undefined;

  constructor(options: InventoryOptions) {
    const { config, limits, rpc } = options;
    const rules = inventoryRulesOf(config);
    const { numeraire } = rules.plan;
    const flows = new FlowKeeper({ ...options, rules: rules.flow });
    const profits = new ProfitKeeper({ ...options, rules: rules.flow, numeraire, flows });
    const followers = [new LogFollower(options, flows), new LogFollower(options, profits)] as const;
    this.followers = followers;
    const desk = new InventoryDesk({
      ...{ ...options, rules, flows, profits },
      ledger: rpc.client(LEDGER_SERVICE),
      deadlineMs: LEDGER_DEADLINE_MS,
      listings: listingsOf(config),
      // A plan counts on no book that a trade could not.
      bookAgeUsMax: () => (limits.current.limit('bookAge').max?.toNumber() ?? Infinity) * 1000,
    });
    this.watch = new InventoryWatch({ ...options, desk, rules });
    this.begin = async () => {
      for (const follower of followers) await follower.start();
      return rpc.serve(INVENTORY_SERVICE, inventoryHandlers({ ...options, desk, rules }));
    };
  }

  /** @throws when the store cannot be read */
  async start(): Promise<void> {
    this.serving = await this.begin();
    this.watch.start();
  }

  troubles(): readonly string[] {
    return this.followers.map((follower) => follower.trouble());
  }

  async close(): Promise<void> {
    this.serving?.setServing(false);
    await this.serving?.stop();
    await this.watch.close();
    await Promise.all(this.followers.map((follower) => follower.close()));
  }
}
