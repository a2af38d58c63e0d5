import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Decimal } from '@ats/domain';
import { openLmdbStateStore, type StateStore, type TransactItem } from '@ats/storage';
import { manualTimers, memoryMetrics, memoryStateStore, silentLogger } from '@ats/testkit';
import fc from 'fast-check';

const TABLES = ['balances', 'idempotency'] as const;
const key = fc.record({
  table: fc.constantFrom(...TABLES),
  partition: fc.constantFrom('p', 'q'),
  sort: fc.constantFrom('', 'a', 'b'),
});
const number = fc
  .tuple(fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }), fc.integer({ min: 0, max: 12 }))
  .map(([units, scale]) => new Decimal(units, scale));
/** `n` and `m` are numbers in every item, so that any increment is allowed. */
const attributes = fc.record(
  { n: number, m: fc.bigInt({ min: -5n, max: 5n }), text: fc.string() },
  { requiredKeys: [] },
);
const condition = fc.oneof(
  fc.constantFrom({ kind: 'exists' } as const, { kind: 'absent' } as const),
  fc.record({
    kind: fc.constant('at-least' as const),
    attribute: fc.constant('n'),
    amount: number,
  }),
  fc.record({
    kind: fc.constant('equals' as const),
    attribute: fc.constant('m'),
    value: fc.bigInt(-5n, 5n),
  }),
);
const conditions = fc.array(condition, { maxLength: 2 });
/** A change whose times and versions are told only when it is made. */
const step = fc.oneof(
  fc.record({
    kind: fc.constant('create' as const),
    key,
    attributes,
    lifeMs: fc.option(fc.nat(5)),
  }),
  fc.record({ kind: fc.constant('replace' as const), key, attributes, stale: fc.boolean() }),
  fc.record({
    kind: fc.constant('update' as const),
    key,
    set: fc.record({ text: fc.string() }),
    increment: fc.record({ n: number, m: fc.constant(1n) }, { requiredKeys: [] }),
    conditions,
  }),
  fc.record({ kind: fc.constant('delete' as const), key, conditions }),
  fc.record({ kind: fc.constant('check' as const), key, conditions }),
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;
const transaction = fc.uniqueArray(step, {
  minLength: 1,
  maxLength: 4,
  selector: (one) => JSON.stringify(one.key),
});

async function toItem(one: Step, model: StateStore, nowUs: number): Promise<TransactItem> {
  if (one.kind === 'create') {
    const { lifeMs, ...rest } = one;
    return lifeMs === null ? rest : { ...rest, expiresAtUs: nowUs + lifeMs * 1000 };
  }
  if (one.kind !== 'replace') return one;
  const version = (await model.get(one.key))?.version ?? 0;
  const { kind, attributes: values } = one;
  return { kind, key: one.key, attributes: values, ifVersion: version - (one.stale ? 1 : 0) };
}

/** Decimals remember their text once it was asked for; only their value is compared. */
function plain(value: unknown): unknown {
  if (value instanceof Decimal) return { number: value.toString() };
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, plain(field)]));
}

async function contents(store: StateStore) {
  const pages = await Promise.all(
    TABLES.flatMap((table) => ['p', 'q'].map((partition) => store.query({ table, partition }))),
  );
  return pages;
}

describe('transactions on LMDB and on the naive model', () => {
  let parent: string;
  beforeAll(async () => {
    parent = await mkdtemp(join(tmpdir(), 'ats-model-'));
  });
  afterAll(() => rm(parent, { recursive: true, force: true }));

  it('answer alike and leave the same items, whatever is asked of them', async () => {
    let runs = 0;
    const groups = fc.array(fc.array(transaction, { minLength: 1, maxLength: 4 }), {
      maxLength: 12,
    });
    const property = fc.asyncProperty(groups, async (rounds) => {
      runs += 1;
      const timers = manualTimers();
      const tools = {
        clock: timers.clock,
        timers,
        logger: silentLogger(),
        metrics: memoryMetrics(),
      };
      const store = await openLmdbStateStore({ folder: join(parent, String(runs)), ...tools });
      const model = memoryStateStore(timers.clock);
      try {
        for (const round of rounds) {
          const nowUs = timers.clock.nowUs();
          const asked = await Promise.all(
            round.map((steps) => Promise.all(steps.map((one) => toItem(one, model, nowUs)))),
          );
          // All of a round at once: they share a commit, and must still act one after the other.
          const answers = await Promise.all(asked.map((items) => store.transact(items)));
          const expected = await Promise.all(asked.map((items) => model.transact(items)));
          expect(plain(answers)).toEqual(plain(expected));
          expect(plain(await contents(store))).toEqual(plain(await contents(model)));
          timers.clock.advanceUs(1000);
        }
      } finally {
        await store.close();
      }
    });
    await fc.assert(property, { numRuns: 40 });
  });
});
