import { opportunityToWire, RISK_SERVICE, tradeIntentToWire } from '@ats/contracts';
import { AtsError, requestId } from '@ats/domain';
import { openRpcDirectory, seededRandom, systemTimers, type Timers, UNGUARDED } from '@ats/runtime';
import {
  MemoryEventLog,
  memoryStateStore,
  openMemoryMarketBus,
  type StateStore,
} from '@ats/storage';
import { manualClock, memoryMetrics, silentLogger, until } from '@ats/testkit';
import { afterEach, expect, it } from '@jest/globals';
import { riskManager } from '../src/index.ts';
import { book, GRACE_US, seal } from './desk.ts';
import { APPROVAL_MS, intent, NOW_US, opportunity, riskConfig } from './samples.ts';

const CALL = { deadlineMs: 20_000 };
const TERM_MS = 2000;
/** Terms are reckoned by the clock that a test moves; looks come soon whatever the term is. */
const timers: Timers = { ...systemTimers, every: (_ms, run) => systemTimers.every(10, run) };
const parts = { timers, logger: silentLogger(), random: seededRandom(1) };

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close().catch(() => undefined);
});

function openWorld() {
  const clock = manualClock(NOW_US);
  const state = memoryStateStore(clock);
  const log = new MemoryEventLog({ ...parts, clock });
  return { clock, state, log };
}

/** One instance, which can be cut off from the store as a process that stands still is. */
async function startInstance({ clock, state, log }: ReturnType<typeof openWorld>, name: string) {
  const life = { cut: false };
  const alive = <Value>(work: () => Promise<Value>): Promise<Value> =>
    life.cut
      ? Promise.reject(new AtsError({ code: 'STORAGE_UNAVAILABLE', message: 'cut off' }))
      : work();
  const own: StateStore = {
    get: (key) => alive(() => state.get(key)),
    query: (query) => alive(() => state.query(query)),
    transact: (items) => alive(() => state.transact(items)),
    health: () => state.health(),
    close: () => Promise.resolve(),
  };
  const bus = openMemoryMarketBus({ ...parts, metrics: memoryMetrics() });
  for (const venue of ['alpha', 'beta']) {
    bus.publish(book({ venue, instrument: 'BTC/USDT' }, 100_000));
  }
  const at = { address: '127.0.0.1:0', field: 'rpc.riskAddress' };
  const rpc = openRpcDirectory({
    ...{ guard: UNGUARDED, ...parts, clock, metrics: memoryMetrics() },
    addresses: { [RISK_SERVICE.fullName]: at },
  });
  // Room for one trade of both legs.
  const config = riskConfig({
    limits: { grossExposure: { max: '20000' }, bookAge: { max: '100000000' } },
  });
  const running = await riskManager.start({
    ...{ ...parts, clock, metrics: memoryMetrics(), rpc },
    config: { ...config, sharing: { enabled: true, instance: name, termMs: TERM_MS } },
    ports: {
      marketBus: async () => bus,
      stateStore: async () => own,
      eventLog: async () => log,
    },
  });
  closing.push(async () => {
    await running.drain();
    await rpc.close();
  });
  const ask = async (id: string) => {
    const { approval, decision } = await rpc.client(RISK_SERVICE).CheckOpportunity(
      {
        opportunity: opportunityToWire(opportunity()),
        intent: tradeIntentToWire(intent({ requestId: requestId(id) })),
      },
      CALL,
    );
    return {
      epoch: seal.read(approval)?.epoch,
      reason: decision?.reason,
      detail: decision?.detail,
    };
  };
  return { life, running, ask };
}

async function twoOfThem() {
  const world = openWorld();
  const first = await startInstance(world, 'one');
  const second = await startInstance(world, 'two');
  return { ...world, first, second };
}

it('is found at one address: a standby does not listen', async () => {
  const { first, second } = await twoOfThem();
  expect(first.running.address).toMatch(/:\d+$/);
  expect(second.running.address).toBe('');
  expect(second.running.readiness()).toEqual({ ready: true, reasons: [] });
});

it('hands what is approved over whole, and never has two that approve', async () => {
  const { clock, state, first, second } = await twoOfThem();
  clock.advanceUs(APPROVAL_MS * 1000);
  await until(async () => (await first.ask('used')).epoch === 1);
  await until(async () => {
    const { items } = await state.query({ table: 'risk', partition: 'working' });
    return items.some(({ attributes }) => String(attributes['json']).includes('used'));
  });
  first.life.cut = true;
  // Before another one can have the lease, this one is not sure any more that it has it.
  clock.advanceUs(TERM_MS * 850);
  expect(await first.ask('unsure')).toMatchObject({
    epoch: undefined,
    detail: expect.stringContaining('lease'),
  });
  expect(second.running.address).toBe('');
  // It may have seen the lease for the last time just now, and waits a term from then on.
  await until(async () => {
    const { items } = await state.query({ table: 'leases', partition: 'risk-manager' });
    const taken = items.some(({ attributes }) => String(attributes['token']) === '2');
    if (!taken) clock.advanceUs(TERM_MS * 20);
    return taken;
  });
  await until(() => second.running.address !== '');
  expect((await second.ask('early')).reason).toBe('REASON_CODE_RISK_UNAVAILABLE');
  clock.advanceUs(APPROVAL_MS * 1000);
  const full = 'REASON_CODE_RISK_GROSS_EXPOSURE_MAX';
  await until(async () => (await second.ask('beyond')).reason === full);
  // Nothing has come of it: the room is there again, once.
  clock.advanceUs(APPROVAL_MS * 1000 + GRACE_US);
  await until(async () => (await second.ask('next')).epoch === 2);
  expect((await second.ask('more')).reason).toBe(full);
});

it('ends the process of who wakes up and finds itself overtaken', async () => {
  const { clock, first, second } = await twoOfThem();
  first.life.cut = true;
  await until(() => {
    clock.advanceUs(TERM_MS * 100);
    return second.running.address !== '';
  });
  first.life.cut = false;
  expect(await first.running.failed).toMatchObject({ code: 'LEASE_LOST' });
  expect((await first.ask('late')).epoch).toBeUndefined();
});

it('takes over at once from one that stops in order', async () => {
  const { first, second } = await twoOfThem();
  await first.running.drain();
  await until(() => second.running.address !== '');
});
