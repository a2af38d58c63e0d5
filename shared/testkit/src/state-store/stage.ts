import { Decimal } from '@ats/domain';
import type { ServerProcess } from '@ats/engines';
import {
  type VirtualTimers as ManualTimers,
  virtualClock as manualClock,
  virtualTimers as manualTimers,
} from '@ats/runtime';
import type { Item, ItemKey, StateStore, StateTable, TransactItem } from '@ats/storage';
import type { WriterProgram } from '../killed-writer.ts';
import { type MemoryMetrics, memoryMetrics } from '../memory-metrics.ts';
import { type SilentLogger, silentLogger } from '../silent-logger.ts';

/** What an adapter must be opened with in a test. */
export interface StateStoreEnvironment {
  readonly clock: ManualTimers['clock'];
  readonly timers: ManualTimers;
  readonly logger: SilentLogger;
  readonly metrics: MemoryMetrics;
  readonly queueMax: number;
}

/** What an adapter declares that it does not do. Each shows as a test that says so. */
export interface StateStoreLimits {
  /** `none`: what was committed is gone when the store is closed. */
  readonly durability: 'disk' | 'none';
  /** `none`: calls never wait, so there is no queue to fill. */
  readonly queue: 'bounded' | 'none';
  /** `possible`: transactions of other processes may answer `conflict`. */
  readonly conflicts: 'never' | 'possible';
  /** `server`: the server frees the space of expired items in its own time, unseen. */
  readonly purge: 'store' | 'server';
}

/** The server behind a store, and how to break what lies between. */
export interface StateStoreServer {
  readonly process: ServerProcess;
  /** Tries of one request in all. */
  readonly attemptsMax: number;
  /** Opens the same items through a proxy, whose faults these are: */
  openBehindProxy(environment: StateStoreEnvironment): Promise<StateStore>;
  /** Answers the next transactions as an overloaded server would. */
  throttle(count: number): void;
  /** Answers the next transfers as if another process were at `balances` at that moment. */
  conflict(count: number): void;
  /** Has the next requests done and their answers lost. */
  loseAnswers(count: number): void;
}

export interface StateStoreContract {
  /** Opens the store; each time the same items are found in it. */
  open(environment: StateStoreEnvironment): Promise<StateStore>;
  /** Makes the place empty; called before each test. */
  reset(): Promise<void>;
  readonly limits: StateStoreLimits;
  /** Where the tests' clock begins, for a store whose server has a clock of its own. */
  readonly startUs?: () => number;
  /** A program that opens the same place and calls `transferForEver`. */
  readonly writer?: () => WriterProgram;
  /** Where the store is on a server; requests give up after a second or so. */
  readonly server?: () => StateStoreServer;
}

export const TRANSFERS_AT_ONCE = 32;
export const FUNDS = 1_000_000n;

export const keyOf = (table: StateTable, partition: string, sort = ''): ItemKey => ({
  table,
  partition,
  sort,
});
export const AVAILABLE = keyOf('balances', 'account', 'available');
export const RESERVED = keyOf('balances', 'account', 'reserved');
export const decimal = (text: string): Decimal => Decimal.parse(text);

export function transfer(id: string, amount: Decimal | bigint): readonly TransactItem[] {
  const enough = { kind: 'at-least', attribute: 'amount', amount } as const;
  const negative = typeof amount === 'bigint' ? -amount : amount.negate();
  return [
    { kind: 'create', key: keyOf('idempotency', id), attributes: { done: true } },
    { kind: 'update', key: AVAILABLE, increment: { amount: negative }, conditions: [enough] },
    { kind: 'update', key: RESERVED, increment: { amount } },
  ];
}

/**
 * Moves one unit at a time from one balance to the other, many at once, each with a record of its
 * own, and prints the id of each once it is acknowledged. Never returns: to be killed.
 */
export async function transferForEver(store: StateStore): Promise<void> {
  const key = AVAILABLE;
  await store.transact([{ kind: 'update', key, increment: { amount: FUNDS } }]);
  let started = 0;
  const worker = async (): Promise<void> => {
    for (;;) {
      const id = `transfer-${started}`;
      started += 1;
      const result = await store.transact(transfer(id, 1n));
      if (result.kind !== 'committed') throw new Error(JSON.stringify(result));
      process.stdout.write(`${id}\n`);
    }
  };
  await Promise.all(Array.from({ length: TRANSFERS_AT_ONCE }, worker));
}

/** One test's store and the world around it. */
export class Stage {
  readonly contract: StateStoreContract;
  readonly environment: StateStoreEnvironment;
  store!: StateStore;

  constructor(contract: StateStoreContract) {
    this.contract = contract;
    // All of it wants one item, which a server gives to one after the other.
    const queueMax = contract.server === undefined ? 1000 : 200;
    const timers = manualTimers(manualClock(contract.startUs?.()));
    const parts = { logger: silentLogger(), metrics: memoryMetrics(), queueMax };
    this.environment = { clock: timers.clock, timers, ...parts };
  }

  async open(): Promise<void> {
    await this.contract.reset();
    this.store = await this.contract.open(this.environment);
  }

  async commit(...items: readonly TransactItem[]): Promise<void> {
    expect(await this.store.transact(items)).toEqual({ kind: 'committed' });
  }

  async amount(key: ItemKey): Promise<string> {
    return String((await this.item(key)).attributes['amount']);
  }

  async item(key: ItemKey): Promise<Item> {
    const item = await this.store.get(key);
    expect(item).toBeDefined();
    return item as Item;
  }
}
