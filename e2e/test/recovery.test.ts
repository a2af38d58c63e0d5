import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type EmbeddedSystem,
  embeddedSystem,
  examine,
  isSound,
  priceOf,
  type Simulator,
  sendOrders,
  settle,
  startSimulator,
} from '@ats/chaos';
import {
  listingsOf,
  loadConfig,
  parseConfig,
  seededRandom,
  sharedConfigSchema,
  systemTimers,
} from '@ats/runtime';
import { freePort } from '@ats/testkit';
import { ats } from '../src/ats.ts';

const folder = mkdtempSync(join(tmpdir(), 'ats-e2e-recovery-'));
const loaded = loadConfig({
  folder: fileURLToPath(new URL('../../config', import.meta.url)),
  environment: {},
  assignments: ['admin.ports.venue-simulator=0'],
});
const backup = join(folder, 'backup.tar.gz');
const rebuilt = join(folder, 'rebuilt');
const rebuiltPlaces = [`eventLog.url=lmdb:${rebuilt}/log`, `stateStore.url=lmdb:${rebuilt}/state`];
let simulator: Simulator;
let system: EmbeddedSystem;
let outboxUrl = '';
let settings: readonly string[] = [];

/** Orders of a person, each until it is answered for good. */
const send = (name: string, orders: number) =>
  sendOrders({
    client: system.client,
    listings: listingsOf(parseConfig(loaded, sharedConfigSchema)),
    priceOf: priceOf(loaded.values),
    random: seededRandom(4).stream(name),
    ...{ name, orders, concurrency: 4, onProgress: () => undefined },
  });

/** Resolves once the log has what was acknowledged; what it lacks is lost with the state. */
async function published(): Promise<void> {
  const empty = /ats_orders_outbox_waiting_entries\{[^}]*\} 0\b/;
  while (!empty.test(await (await fetch(outboxUrl)).text())) await systemTimers.sleep(20);
}

describe('a state that is lost', () => {
  beforeAll(async () => {
    simulator = await startSimulator({
      config: loaded.values,
      logFile: join(folder, 'simulator.log'),
    });
    system = await embeddedSystem({ folder, venues: simulator.venues, seed: 4 });
    const [admin, risk] = [await freePort(), await freePort()];
    outboxUrl = `http://127.0.0.1:${admin}/metrics`;
    settings = [`admin.ports.order-gateway=${admin}`, `rpc.riskAddress=127.0.0.1:${risk}`];
    await system.startWith(settings);
  }, 240_000);
  afterAll(async () => {
    await system.stop();
    await simulator.stop();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  test('is rebuilt from the log, trading goes on, nothing is lost or booked twice', async () => {
    const before = send('before', 15);
    // While orders are taken and filled.
    expect(await ats(['backup', '--out', backup, '--config', system.config])).toMatchObject({
      code: 0,
      stderr: '',
    });
    const sent = [...(await before), ...(await send('after', 10))];
    await published();
    await system.crash();
    rmSync(join(folder, 'state'), { recursive: true });

    const write = ['--from-log', '--write', rebuilt, '--config', system.config];
    expect(await ats(['rebuild', ...write])).toMatchObject({ code: 0, stderr: '' });
    await system.startWith([...settings, ...rebuiltPlaces]);
    const flags = ['--config', system.config, ...settings.flatMap((one) => ['--set', one])];
    const resumed = await ats([
      ...['resume', '--actor', 'ann', '--reason', 'the state is rebuilt', ...flags],
    ]);
    expect(resumed).toMatchObject({ code: 0 });
    sent.push(...(await send('again', 10)));
    await system.crash();
    await system.startWith([...settings, ...rebuiltPlaces, 'risk.halted=true']);
    await settle(system, () => undefined);
    await system.stop();

    const storage = {
      ...system.storage,
      ...{ eventLog: `lmdb:${rebuilt}/log`, stateStore: `lmdb:${rebuilt}/state` },
    };
    const verdict = await examine({ storage }, { sent, venues: await simulator.accounts() });
    expect(verdict.findings).toEqual([]);
    expect(verdict.orders).toBe(35);
    expect(isSound(verdict)).toBe(true);
    const same = ['--from-log', '--compare', '--json', '--config', system.config];
    const flagsOfRebuilt = rebuiltPlaces.flatMap((one) => ['--set', one]);
    const compared = await ats(['rebuild', ...same, ...flagsOfRebuilt]);
    const { findings } = JSON.parse(compared.stdout);
    const differing = findings.filter((one: { verdict: string }) => one.verdict === 'differs');
    expect(differing).toEqual([]);
    expect(compared.code).toBe(0);
  }, 480_000);

  test('is in the backup, which is restored elsewhere and found sound', async () => {
    const to = join(folder, 'elsewhere');
    const said = await ats([
      ...['restore', '--from', backup, '--to', to, '--json', '--config', system.config],
    ]);
    expect(said).toMatchObject({ code: 0 });
    const { check } = JSON.parse(said.stdout);
    expect(check).toMatchObject({ ok: true, ledger: { balanced: true } });
    expect(check.ledger.entries).toBeGreaterThan(0);
    expect(existsSync(join(to, 'security', 'master-key'))).toBe(false);
  }, 60_000);
});
