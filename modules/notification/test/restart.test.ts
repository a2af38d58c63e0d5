import { fileURLToPath } from 'node:url';
import type { StateStore } from '@ats/storage';
import { killedWriter, until } from '@ats/testkit';
import { readJson } from '../src/app/stored.ts';
import { NO_TRADES, type TradeTally, together } from '../src/domain/trade-tally.ts';
import { type HttpStandIn, type Received, startHttpStandIn } from './http-stand-in.ts';
import {
  alertOf,
  CALL,
  type NotificationClient,
  PERSON,
  RULE,
  Stage,
  WAIT,
  webhookChannel,
} from './stage.ts';

const PROGRAM = fileURLToPath(new URL('notify-process.ts', import.meta.url));
const HISTORY = { outcome: 'MESSAGE_OUTCOME_UNSPECIFIED', personId: '', limit: 0 } as const;

interface Body {
  readonly messageId: string;
  readonly alerts: readonly { readonly alertId: string; readonly state: string }[];
}
const bodyOf = ({ body }: Received): Body => JSON.parse(body) as Body;

describe('after a restart', () => {
  let stage: Stage;
  let web: HttpStandIn;
  beforeEach(async () => {
    [stage, web] = await Promise.all([Stage.open(), startHttpStandIn()]);
  });
  afterEach(async () => {
    await stage.close();
    await web.close();
  });

  async function begin(store?: StateStore) {
    const options = store === undefined ? {} : { store };
    const client = await stage.start({ hook: webhookChannel }, options);
    const addresses = { hook: `${web.url}/ann` };
    await client.PutPerson({ person: { ...PERSON, addresses } }, CALL);
    await client.PutRule({ rule: { ...RULE, channel: 'hook' } }, CALL);
    return client;
  }

  /** How often each alert was taken, by different messages. */
  function told(): Map<string, Set<string>> {
    const found = new Map<string, Set<string>>();
    for (const { messageId, alerts } of web.taken.map(bodyOf)) {
      for (const { alertId, state } of alerts) {
        const name = `${alertId} ${state}`;
        found.set(name, (found.get(name) ?? new Set()).add(messageId));
      }
    }
    return found;
  }

  it('every alert is told in one message each, however often it was killed', async () => {
    await begin();
    await stage.stop();
    await stage.closePorts();
    web.answer = (_request, count) =>
      count % 3 === 0 ? { kind: 'status', status: 500 } : { kind: 'ok' };
    const logged: number[] = [];
    const kills = 4;
    for (let kill = 0; kill < kills; kill += 1) {
      const args = [stage.folder, String(1_000_000 * kill + 1)];
      const lines = await killedWriter({ script: PROGRAM, args }, { linesMin: 20 + 13 * kill });
      logged.push(...lines.map(Number));
    }
    await stage.openPorts();
    const client = await stage.start({ hook: webhookChannel });
    await until(
      async () => {
        const known = told();
        return logged.every((number) => known.has(`${alertOf(number).alertId} raised:critical`));
      },
      { ...WAIT, what: 'every alert at its person' },
    );
    const pending = { ...HISTORY, outcome: 'MESSAGE_OUTCOME_PENDING' } as const;
    await until(async () => (await client.ListMessages(pending, CALL)).messages.length === 0, WAIT);
    for (const [name, messages] of told()) expect([name, messages.size]).toEqual([name, 1]);
    // A message that was on its way when the process died may come again, as the same message.
    const sent = web.taken.map((one) => bodyOf(one).messageId);
    expect(sent.length - new Set(sent).size).toBeLessThanOrEqual(kills);
    await sumsEqualTheLog();
    await historyIsRecorded(client);
  }, 180_000);

  /** Every trade of the log is in one quarter's sums, once. */
  async function sumsEqualTheLog(): Promise<void> {
    const ids = new Set<string>();
    for (let partition = 0; partition < 4; partition += 1) {
      const records = await stage.log.read({ topic: 'trades', partition, from: 0, limit: 100_000 });
      for (const { key } of records) ids.add(key);
    }
    expect(ids.size).toBeGreaterThan(0);
    const sums = async () => {
      const query = { table: 'notifications', partition: 'trades' } as const;
      const { items } = await stage.store.query(query);
      return items.map((item) => readJson<TradeTally>(item)).reduce(together, NO_TRADES);
    };
    await until(async () => ((await sums()).outcomes.COMPLETED ?? 0) >= ids.size, WAIT);
    const { outcomes, edges } = await sums();
    expect(outcomes).toEqual({ COMPLETED: ids.size });
    expect(Number(edges['USDT']?.steps.realised)).toBe(9.25 * ids.size);
  }

  /** Every message that has ended is in the tick store. */
  async function historyIsRecorded(client: NotificationClient): Promise<void> {
    const query = { table: 'notifications', partition: 'history', limit: 1000 } as const;
    const { items } = await stage.store.query(query);
    const ended = items.map((item) => readJson<{ messageId: string }>(item).messageId).sort();
    const all = { ...HISTORY, channel: '', alertKey: '', fromUs: 1, toUs: 0, limit: 10_000 };
    await until(async () => {
      const { deliveries } = await client.ListDeliveries(all, CALL);
      return deliveries.length >= ended.length;
    }, WAIT);
    const { deliveries } = await client.ListDeliveries(all, CALL);
    expect(deliveries.map(({ messageId }) => messageId).sort()).toEqual(ended);
  }

  it('what the store did not say it took is queued once', async () => {
    let lost = 0;
    const { store: real } = stage;
    // Every third transaction is made, and its answer is lost.
    const store: StateStore = {
      get: (key) => real.get(key),
      query: (query) => real.query(query),
      health: () => real.health(),
      close: () => Promise.resolve(),
      async transact(items) {
        const result = await real.transact(items);
        lost += 1;
        if (lost > 6 && lost % 3 === 0) throw new Error('the answer is lost');
        return result;
      },
    };
    const client = await begin(store);
    for (let number = 0; number < 20; number += 1) await stage.raise(alertOf(number));
    await until(() => told().size === 20, WAIT);
    for (const [name, messages] of told()) expect([name, messages.size]).toEqual([name, 1]);
    const bell = await client.ListBell({ personId: 'ann', limit: 100 }, CALL);
    expect(bell.entries.map(({ alert }) => alert?.key).sort()).toEqual(
      Array.from({ length: 20 }, (_, number) => `venue.down:${number}`).sort(),
    );
  }, 120_000);

  it('an alert that the log delivers again is not told again', async () => {
    await begin();
    await stage.raise(alertOf(1));
    await until(() => web.taken.length === 1, WAIT);
    await stage.stop();
    const client = await stage.start({ hook: webhookChannel });
    await stage.raise(alertOf(1), alertOf(2));
    await until(() => told().size === 2, WAIT);
    await until(async () => (await client.ListMessages(HISTORY, CALL)).messages.length === 2, WAIT);
    expect(web.taken).toHaveLength(2);
    const { entries } = await client.ListBell({ personId: '', limit: 0 }, CALL);
    expect(entries).toHaveLength(2);
  });

  it('what a channel did not take waits, and goes with the same id', async () => {
    web.answer = () => ({ kind: 'reset' });
    await begin();
    await stage.raise(alertOf(1));
    await until(() => web.received.length >= 1, WAIT);
    await stage.stop();
    web.answer = () => ({ kind: 'ok' });
    await stage.start({ hook: webhookChannel });
    await until(() => web.taken.length === 1, WAIT);
    const ids = new Set(web.received.map(({ headers }) => headers['x-ats-delivery']));
    expect(ids.size).toBe(1);
  });
});
