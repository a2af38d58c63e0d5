import { Decimal } from '@ats/domain';
import type { Item, ItemKey, StateStore, StateTable, TransactItem } from '@ats/storage';
import { killedWriter, type WriterProgram } from './killed-writer.ts';
import { type ManualTimers, manualTimers } from './manual-time.ts';
import { type MemoryMetrics, memoryMetrics } from './memory-metrics.ts';
import { type SilentLogger, silentLogger } from './silent-logger.ts';
import { until } from './until.ts';

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
}

export interface StateStoreContract {
  /** Opens the store; each time the same items are found in it. */
  open(environment: StateStoreEnvironment): Promise<StateStore>;
  /** Makes the place empty; called before each test. */
  reset(): Promise<void>;
  readonly limits: StateStoreLimits;
  /** A program that opens the same place and calls `transferForEver`. */
  readonly writer?: () => WriterProgram;
}

const TRANSFERS_AT_ONCE = 32;
const FUNDS = 1_000_000n;

const keyOf = (table: StateTable, partition: string, sort = ''): ItemKey => ({
  table,
  partition,
  sort,
});
const AVAILABLE = keyOf('balances', 'account', 'available');
const RESERVED = keyOf('balances', 'account', 'reserved');
const decimal = (text: string): Decimal => Decimal.parse(text);

function transfer(id: string, amount: Decimal | bigint): readonly TransactItem[] {
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

class Stage {
  readonly contract: StateStoreContract;
  readonly environment: StateStoreEnvironment;
  store!: StateStore;

  constructor(contract: StateStoreContract) {
    this.contract = contract;
    const timers = manualTimers();
    const parts = { logger: silentLogger(), metrics: memoryMetrics(), queueMax: 1000 };
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

function itemHalf(stage: () => Stage): void {
  const key = keyOf('orders', 'account', 'order-1');

  it('gives back every kind of value exactly, numbers in their shortest form', async () => {
    const bytes = Uint8Array.from([0, 1, 255]);
    const attributes = {
      text: 'KRW \u20a9 \u{1f600}',
      empty: '',
      no: false,
      bytes,
      whole: 12345678901234567890123456789012345678n,
      exact: decimal('-0.10000000000000000000000000000000000001'),
      trailing: decimal('1.50'),
      zero: decimal('0.00'),
    };
    await stage().commit({ kind: 'create', key, attributes });
    const item = await stage().item(key);
    expect(item.key).toEqual(key);
    expect(item.attributes).toMatchObject({ text: attributes.text, empty: '', no: false });
    expect(Uint8Array.from(item.attributes['bytes'] as Uint8Array)).toEqual(bytes);
    const numbers = ['whole', 'exact', 'trailing', 'zero'].map((n) => String(item.attributes[n]));
    expect(numbers).toEqual([String(attributes.whole), String(attributes.exact), '1.5', '0']);
  });

  it('creates an item once, and tells what was there instead', async () => {
    await stage().commit({ kind: 'create', key, attributes: { side: 'bid' } });
    const again = { kind: 'create', key, attributes: { side: 'ask' } } as const;
    const current = await stage().item(key);
    expect(await stage().store.transact([again])).toEqual({
      kind: 'refused',
      refusals: [{ index: 0, key, reason: 'absent', current }],
    });
    expect((await stage().item(key)).attributes).toEqual({ side: 'bid' });
  });

  it('replaces only the version that was read', async () => {
    await stage().commit({ kind: 'create', key, attributes: { state: 'NEW', note: 'x' } });
    const { version } = await stage().item(key);
    const replace = { kind: 'replace', key, ifVersion: version } as const;
    await stage().commit({ ...replace, attributes: { state: 'LIVE' } });
    const stale = await stage().store.transact([{ ...replace, attributes: { state: 'LOST' } }]);
    expect(stale).toMatchObject({ kind: 'refused', refusals: [{ reason: 'version' }] });
    const now = await stage().item(key);
    expect(now.attributes).toEqual({ state: 'LIVE' });
    expect(now.version).toBeGreaterThan(version);
  });

  it('does not take an item made anew for the one that was deleted', async () => {
    await stage().commit({ kind: 'create', key, attributes: {} });
    const { version } = await stage().item(key);
    await stage().commit({ kind: 'delete', key });
    expect(await stage().store.get(key)).toBeUndefined();
    stage().environment.clock.advanceUs(10);
    await stage().commit({ kind: 'create', key, attributes: {} });
    const result = await stage().store.transact([
      { kind: 'replace', key, ifVersion: version, attributes: { lost: true } },
    ]);
    expect(result.kind).toBe('refused');
  });

  it('sets, removes and increments what is named and leaves the rest', async () => {
    await stage().commit({ kind: 'create', key, attributes: { a: 'a', b: 'b', n: 1n } });
    await stage().commit({
      kind: 'update',
      key,
      set: { b: 'B' },
      remove: ['a'],
      increment: { n: decimal('0.1'), fresh: 7n },
    });
    const { attributes } = await stage().item(key);
    expect({ ...attributes, n: String(attributes['n']), fresh: String(attributes['fresh']) }) //
      .toEqual({ b: 'B', n: '1.1', fresh: '7' });
  });

  it('adds decimals without losing a digit', async () => {
    for (const text of ['0.1', '0.2', '1e20', '-1e20', '0.000000000000000001']) {
      await stage().commit({
        kind: 'update',
        key: AVAILABLE,
        increment: { amount: decimal(text) },
      });
    }
    expect(await stage().amount(AVAILABLE)).toBe('0.300000000000000001');
  });
}

function conditionHalf(stage: () => Stage): void {
  it('writes all or nothing, and names every item that refused', async () => {
    await stage().commit({ kind: 'update', key: AVAILABLE, increment: { amount: 5n } });
    const current = await stage().item(AVAILABLE);
    const missing = keyOf('sagas', 'open', 'nowhere');
    const result = await stage().store.transact([
      ...transfer('t', decimal('5.01')),
      { kind: 'check', key: missing, conditions: [{ kind: 'exists' }] },
    ]);
    expect(result).toEqual({
      kind: 'refused',
      refusals: [
        { index: 1, key: AVAILABLE, reason: 'at-least', attribute: 'amount', current },
        { index: 3, key: missing, reason: 'exists' },
      ],
    });
    expect(await stage().store.get(keyOf('idempotency', 't'))).toBeUndefined();
    expect(await stage().store.get(RESERVED)).toBeUndefined();
    expect(await stage().store.get(AVAILABLE)).toEqual(current);
  });

  it('lets the last unit go and not one more', async () => {
    await stage().commit({
      kind: 'update',
      key: AVAILABLE,
      increment: { amount: decimal('5.00') },
    });
    await stage().commit(...transfer('first', 5n));
    expect(await stage().amount(AVAILABLE)).toBe('0');
    const result = await stage().store.transact(transfer('second', decimal('0.00000001')));
    expect(result).toMatchObject({ kind: 'refused', refusals: [{ index: 1, key: AVAILABLE }] });
  });

  it('judges conditions by the state before the transaction, by type and by value', async () => {
    const key = keyOf('sagas', 'open', 's');
    await stage().commit({ kind: 'create', key, attributes: { n: decimal('2.0'), text: '2' } });
    const ask = async (attribute: string, value: string | bigint | boolean) => {
      const conditions = [{ kind: 'equals', attribute, value }] as const;
      return (await stage().store.transact([{ kind: 'check', key, conditions }])).kind;
    };
    expect(await ask('n', 2n)).toBe('committed');
    expect(await ask('n', '2')).toBe('refused');
    expect(await ask('text', '2')).toBe('committed');
    expect(await ask('text', 2n)).toBe('refused');
    expect(await ask('none', false)).toBe('refused');
  });

  it('loses no update when many transactions want one item at once', async () => {
    await stage().commit({ kind: 'update', key: AVAILABLE, increment: { amount: 60n } });
    const one = async (index: number): Promise<string> => {
      for (;;) {
        const result = await stage().store.transact(transfer(`t-${index}`, 1n));
        if (result.kind !== 'conflict') return result.kind;
      }
    };
    const results = await Promise.all(Array.from({ length: 100 }, (_, index) => one(index)));
    expect(results.filter((kind) => kind === 'committed')).toHaveLength(60);
    expect(await stage().amount(AVAILABLE)).toBe('0');
    expect(await stage().amount(RESERVED)).toBe('60');
  });

  it('lets one of many replacements of one version win', async () => {
    const key = keyOf('sagas', 'open', 's');
    await stage().commit({ kind: 'create', key, attributes: { owner: '' } });
    const { version } = await stage().item(key);
    const claim = (owner: string) =>
      stage().store.transact([{ kind: 'replace', key, ifVersion: version, attributes: { owner } }]);
    const results = await Promise.all(Array.from({ length: 20 }, (_, index) => claim(`w${index}`)));
    const winners = results.flatMap(({ kind }, index) => (kind === 'committed' ? [index] : []));
    expect(winners).toHaveLength(1);
    expect((await stage().item(key)).attributes).toEqual({ owner: `w${winners[0]}` });
  });
}

function queryHalf(stage: () => Stage): void {
  const sorts = ['', 'a', 'a/1', 'a/10', 'a/2', 'b', '\u00e9', '\u{1f600}'];
  beforeEach(async () => {
    for (const partition of ['p', 'pp', 'q']) {
      const items = sorts.map(
        (sort) =>
          ({ kind: 'create', key: keyOf('outbox', partition, sort), attributes: {} }) as const,
      );
      await stage().commit(...items);
    }
  });
  const find = async (query: object): Promise<string[]> => {
    const page = await stage().store.query({ table: 'outbox', partition: 'p', ...query });
    return page.items.map(({ key }) => key.sort);
  };

  it('finds the items of one partition in order of their sort keys, either way', async () => {
    expect(await find({})).toEqual(sorts);
    expect(await find({ order: 'descending' })).toEqual([...sorts].reverse());
    expect(await find({ table: 'sagas' })).toEqual([]);
    expect(await find({ partition: 'ppp' })).toEqual([]);
  });

  it('selects by the beginning of the sort key', async () => {
    expect(await find({ sortPrefix: 'a/' })).toEqual(['a/1', 'a/10', 'a/2']);
    expect(await find({ sortPrefix: 'a/1', order: 'descending' })).toEqual(['a/10', 'a/1']);
  });

  it.each(['ascending', 'descending'] as const)('pages through all of it, %s', async (order) => {
    const query = { table: 'outbox', partition: 'p', order, limit: 3 } as const;
    const found: string[] = [];
    let after: string | undefined;
    do {
      const page = await stage().store.query(after === undefined ? query : { ...query, after });
      expect(page.items.length).toBeLessThanOrEqual(3);
      found.push(...page.items.map(({ key }) => key.sort));
      after = page.next;
    } while (after !== undefined);
    expect(found).toEqual(order === 'ascending' ? sorts : [...sorts].reverse());
  });
}

function expiryHalf(stage: () => Stage): void {
  const key = keyOf('idempotency', 'request-1');
  const create = async (attributes: Record<string, string>): Promise<void> => {
    const expiresAtUs = stage().environment.clock.nowUs() + 1_000_000;
    await stage().commit({ kind: 'create', key, attributes, expiresAtUs });
  };

  it('has no item from its expiry on, and lets it be made again', async () => {
    await create({ answer: 'first' });
    stage().environment.clock.advanceUs(999_999);
    expect((await stage().item(key)).attributes).toEqual({ answer: 'first' });
    stage().environment.clock.advanceUs(1);
    expect(await stage().store.get(key)).toBeUndefined();
    const { table, partition } = key;
    expect(await stage().store.query({ table, partition })).toEqual({ items: [] });
    await create({ answer: 'second' });
    expect((await stage().item(key)).attributes).toEqual({ answer: 'second' });
  });

  it('refuses to update an item that can expire, and replaces it', async () => {
    await create({ answer: 'first' });
    const update = { kind: 'update', key, set: { answer: 'x' } } as const;
    expect(await stage().store.transact([update])).toMatchObject({
      kind: 'refused',
      refusals: [{ index: 0, key, reason: 'can-expire' }],
    });
    const { version } = await stage().item(key);
    await stage().commit({ kind: 'replace', key, ifVersion: version, attributes: { answer: 'y' } });
    stage().environment.clock.advanceUs(10_000_000);
    expect((await stage().item(key)).attributes).toEqual({ answer: 'y' });
  });
}

function refusalHalf(stage: () => Stage): void {
  const key = keyOf('orders', 'account', 'order');
  const check = { kind: 'check', key, conditions: [] } as const;
  const long = 'x'.repeat(513);
  it.each<[string, readonly TransactItem[]]>([
    ['no item', []],
    [
      '101 items',
      Array.from({ length: 101 }, (_, n) => ({ ...check, key: keyOf('orders', `${n}`) })),
    ],
    ['an item twice', [check, check]],
    ['a key too long', [{ ...check, key: keyOf('orders', long) }]],
    ['an empty partition', [{ ...check, key: keyOf('orders', '') }]],
    ['a NUL in a key', [{ ...check, key: keyOf('orders', 'a\0b') }]],
    ['an unknown table', [{ ...check, key: keyOf('nowhere' as StateTable, 'a') }]],
    ['39 digits', [{ kind: 'update', key, increment: { n: 10n ** 38n + 1n } }]],
    ['an item too large', [{ kind: 'create', key, attributes: { x: 'x'.repeat(350_001) } }]],
    ['an attribute changed twice', [{ kind: 'update', key, set: { n: 1n }, increment: { n: 1n } }]],
  ])('refuses %s before anything happens', async (_, items) => {
    const invalid = { code: 'STORAGE_INPUT_INVALID', retry: 'never' };
    await expect(stage().store.transact(items)).rejects.toMatchObject(invalid);
  });

  it('refuses to increment what is no number, and leaves all as it was', async () => {
    await stage().commit({ kind: 'create', key, attributes: { n: 'text' } });
    const other = keyOf('orders', 'account', 'other');
    const result = stage().store.transact([
      { kind: 'create', key: other, attributes: {} },
      { kind: 'update', key, increment: { n: 1n } },
    ]);
    await expect(result).rejects.toMatchObject({ code: 'STORAGE_INPUT_INVALID' });
    expect(await stage().store.get(other)).toBeUndefined();
  });
}

function durableHalf(stage: () => Stage): void {
  it('finds after reopening what was committed before', async () => {
    await stage().commit({ kind: 'update', key: AVAILABLE, increment: { amount: 5n } });
    const before = await stage().item(AVAILABLE);
    await stage().store.close();
    expect(stage().store.health().ok).toBe(false);
    const closed = { code: 'STORAGE_UNAVAILABLE' };
    await expect(stage().store.get(AVAILABLE)).rejects.toMatchObject(closed);
    await expect(stage().store.transact(transfer('t', 1n))).rejects.toMatchObject(closed);
    stage().store = await stage().contract.open(stage().environment);
    expect(await stage().item(AVAILABLE)).toEqual(before);
  });

  it('finds after kill -9 all that was acknowledged, and no half of a transaction', async () => {
    const writer = stage().contract.writer?.();
    if (writer === undefined) throw new Error('a durable store needs a writer to kill');
    await stage().store.close();
    const acknowledged = await killedWriter(writer, { linesMin: 500 });
    stage().store = await stage().contract.open(stage().environment);
    for (const id of acknowledged) await stage().item(keyOf('idempotency', id));
    const moved = Number(await stage().amount(RESERVED));
    expect(moved).toBeGreaterThanOrEqual(acknowledged.length);
    expect(moved).toBeLessThanOrEqual(acknowledged.length + 2 * TRANSFERS_AT_ONCE);
    expect(await stage().amount(AVAILABLE)).toBe(String(FUNDS - BigInt(moved)));
    const ids = Array.from({ length: moved + TRANSFERS_AT_ONCE }, (_, n) => `transfer-${n}`);
    const records = await Promise.all(ids.map((id) => stage().store.get(keyOf('idempotency', id))));
    expect(records.filter((record) => record !== undefined)).toHaveLength(moved);
  });

  it('frees the space of expired items', async () => {
    const { clock, timers, metrics } = stage().environment;
    const key = keyOf('idempotency', 'request-1');
    const expiresAtUs = clock.nowUs() + 1;
    await stage().commit({ kind: 'create', key, attributes: {}, expiresAtUs });
    await until(
      async () => {
        await timers.advanceAsync(60_000);
        return metrics.value('ats_storage_state_expired_total') === 1;
      },
      { what: 'the purge' },
    );
  });
}

function queueHalf(stage: () => Stage): void {
  it('refuses transactions beyond its queue, names the limit, and goes on', async () => {
    const { queueMax, metrics } = stage().environment;
    await stage().commit({ kind: 'update', key: AVAILABLE, increment: { amount: FUNDS } });
    const results = await Promise.allSettled(
      Array.from({ length: queueMax + 10 }, (_, n) =>
        stage().store.transact(transfer(`t${n}`, 1n)),
      ),
    );
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused).toHaveLength(10);
    for (const { reason } of refused) {
      const context = { field: 'stateStore.queueMax', value: queueMax };
      expect(reason).toMatchObject({ code: 'STORAGE_QUEUE_FULL', retry: 'safe', context });
    }
    const full = { reason: 'queue_full' };
    expect(metrics.value('ats_storage_commit_refused_total', full)).toBe(10);
    expect(await stage().amount(RESERVED)).toBe(String(queueMax));
    await stage().commit(...transfer('later', 1n));
  });
}

/** Every promise of `StateStore`, asked of one adapter. Call it inside a `describe`. */
export function stateStoreContract(contract: StateStoreContract): void {
  let current: Stage;
  const stage = (): Stage => current;
  beforeEach(async () => {
    current = new Stage(contract);
    await current.open();
  });
  afterEach(() => current.store.close());

  describe('items', () => itemHalf(stage));
  describe('conditions', () => conditionHalf(stage));
  describe('queries', () => queryHalf(stage));
  describe('expiry', () => expiryHalf(stage));
  if (contract.limits.durability === 'disk') {
    describe('limits', () => refusalHalf(stage));
    describe('durability', () => durableHalf(stage));
  } else {
    it('declared limit: what was committed is gone with the process', async () => {
      await stage().commit({ kind: 'update', key: AVAILABLE, increment: { amount: 1n } });
      const reopened = await contract.open(stage().environment);
      expect(await reopened.get(AVAILABLE)).toBeUndefined();
    });
  }
  if (contract.limits.queue === 'bounded') describe('when full', () => queueHalf(stage));
}
