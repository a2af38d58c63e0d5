import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  ACCESS_SERVICE,
  INVENTORY_SERVICE,
  LEDGER_SERVICE,
  RISK_SERVICE,
  VENUE_SERVICE,
  type WireServices,
} from '@ats/contracts';
import { omsConfigSchema, omsCore } from '@ats/oms-core';
import { riskConfigSchema, riskManager } from '@ats/risk-manager';
import {
  loadConfig,
  openKillSwitch,
  parseConfig,
  type RpcHandlers,
  seededRandom,
  systemClock,
  systemTimers,
} from '@ats/runtime';
import { openPorts, type PortsConfig } from '@ats/storage';
import { memoryMetrics, silentLogger, until } from '@ats/testkit';
import { jest } from '@jest/globals';
import { ats } from '../ats.ts';
import { openGuardedRpc } from '../guarded-rpc.ts';

const CONFIG_FOLDER = fileURLToPath(new URL('../../../../config', import.meta.url));
const RECORD = ['--actor', 'ann', '--reason', 'wire of Monday'];
const deadlineMs = 5000;
type AccessHandlers = RpcHandlers<WireServices['ats.access.v1.AccessService']>;

/** The OMS and the risk manager as they run, with a venue gateway whose venue the test keeps. */
async function startSystem() {
  const folder = await mkdtemp(join(tmpdir(), 'ats-operator-'));
  const venue = { usdt: '1000' };
  const assignments = [
    ...['eventLog.url=lmdb:log', 'stateStore.url=lmdb:state', 'archive.url=file:audit'].map((one) =>
      one.replace(':', `:${folder}/`),
    ),
    ...['kraken', 'coinbase', 'upbit', 'bitfinex'].map((name) => `venues.${name}.enabled=false`),
    'oms.reconciliation.adopt=opening',
    'oms.reconciliation.intervalMs=100',
    'oms.reconciliation.retryMs=10',
    // Nobody collects books here.
    ...['warn', 'max'].map((one) => `risk.limits.venueSilence.${one}=3600000`),
    `killSwitchFile=${join(folder, 'kill-switch')}`,
  ];
  const loaded = loadConfig({ folder: CONFIG_FOLDER, environment: {}, assignments });
  const parts = {
    clock: systemClock,
    timers: systemTimers,
    random: seededRandom(1),
    logger: silentLogger(),
    metrics: memoryMetrics(),
  };
  const own = { address: '127.0.0.1:0', field: 'rpc' };
  const addresses = Object.fromEntries(
    [LEDGER_SERVICE, RISK_SERVICE, INVENTORY_SERVICE].map(({ fullName }) => [fullName, own]),
  );
  const { rpc, where } = await openGuardedRpc({ ...parts, addresses }, join(folder, 'security'));
  // Nothing here needs a second person; the rest of the contract is asked of nobody.
  const access = { ClaimApproval: () => ({ state: 'not-needed', approvalId: '' }) };
  await rpc.serve(ACCESS_SERVICE, access as unknown as AccessHandlers);
  await rpc.serve(VENUE_SERVICE, {
    GetVenueState: () => {
      const balances = [{ asset: 'USDT', available: venue.usdt, locked: '0' }];
      return { askedAtUs: 1, answeredAtUs: 2, balances, openOrders: [], fills: [] };
    },
    ListVenues: () => ({ venues: [] }),
    TestKey: () => ({ told: false }),
  });
  const ports = openPorts({ ...parts, config: loaded.values as unknown as PortsConfig });
  const context = { ...parts, rpc, ports };
  const risk = await riskManager.start({
    ...context,
    config: parseConfig(loaded, riskConfigSchema),
  });
  const oms = await omsCore.start({ ...context, config: parseConfig(loaded, omsConfigSchema) });
  return {
    venue,
    where: [
      ...where,
      '--set',
      `rpc.ledgerAddress=${oms.address}`,
      '--set',
      `rpc.riskAddress=${risk.address}`,
      '--set',
      `killSwitchFile=${join(folder, 'kill-switch')}`,
    ],
    killSwitch: openKillSwitch(join(folder, 'kill-switch')),
    ledger: rpc.client(LEDGER_SERVICE),
    async stop() {
      await oms.drain();
      await risk.drain();
      await rpc.close();
      await ports.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

// Each command is a process of its own.
jest.setTimeout(120_000);

describe('commands to a system that runs', () => {
  let system: Awaited<ReturnType<typeof startSystem>>;
  beforeAll(async () => {
    system = await startSystem();
  });
  afterAll(() => system.stop());
  const run = (...args: string[]) => ats(...args, ...system.where);
  const verdict = async () => {
    const { venues } = await system.ledger.GetReconciliation({}, { deadlineMs });
    return venues[0];
  };

  it('reconcile shows open venues, then what closed one, and posts it once confirmed', async () => {
    await until(async () => (await verdict())?.open);
    expect(await run('reconcile')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/binance │ open +│ \d{4}-.*\nNo differences/s),
    });
    system.venue.usdt = '1010.5';
    await until(async () => (await verdict())?.open === false);
    const shown = await run('reconcile', '--venue', 'binance');
    expect(shown.code).toBe(1);
    expect(shown.stdout).toMatch(/binance │ closed/);
    expect(shown.stdout).toMatch(/│ balance │ USDT +│ 1000 │ 1010.5 │/);
    expect(shown.stdout).toContain('Find out why');

    const { ok, venues } = JSON.parse((await run('reconcile', '--json')).stdout);
    expect({ ok, venue: venues[0].venue }).toEqual({ ok: false, venue: 'binance' });
    const id = venues[0].differences[0].differenceId;
    expect(shown.stdout).toContain(id);
    const refused = await run('reconcile', 'confirm', id, '--as', 'withdrawal', ...RECORD);
    const stderr = expect.stringContaining('LEDGER_CONFIRMATION_INVALID');
    expect(refused).toEqual({ code: 2, stdout: '', stderr });

    const confirm = ['reconcile', 'confirm', id, '--as', 'deposit', ...RECORD];
    const posted = await run(...confirm);
    expect(posted).toMatchObject({ code: 0, stderr: '' });
    expect(posted.stdout).toContain('10.5 USDT of main at binance (ann: wire of Monday)');
    const again = JSON.parse((await run(...confirm, '--json')).stdout);
    expect(posted.stdout).toContain(again.entry.entryId);
    const after = await run('reconcile', '--now', '--json');
    expect(after.code).toBe(0);
    expect(JSON.parse(after.stdout)).toMatchObject({ ok: true, venues: [{ differences: [] }] });
  });

  it('halt stops trading and keeps the first reason; resume lets it go on', async () => {
    const halted = await run('halt', '--actor', 'ann', '--reason', 'odd prices');
    expect(halted).toEqual({
      code: 0,
      stdout: 'Trading is HALTED by ann: odd prices\nOnly cancels and unwinds are taken.\n',
      stderr: '',
    });
    const again = await run('halt', '--actor', 'bob', '--reason', 'me too', '--json');
    expect(JSON.parse(again.stdout)).toMatchObject({
      ...{ halted: true, mode: 'halted', reason: 'odd prices', changes: [] },
    });
    expect(await run('resume', ...RECORD)).toMatchObject({
      code: 0,
      stdout: 'Trading is not halted.\n',
    });
  });

  it('resume releases the kill switch, and leaves trading halted until then', async () => {
    const { file } = system.killSwitch;
    const halted = await run('halt', '--kill-switch', '--actor', 'ann', '--reason', 'odd prices');
    expect(halted).toEqual({ code: 0, stdout: `The kill switch is on: ${file}\n`, stderr: '' });
    expect(system.killSwitch.reason()).toBe('ann: odd prices');
    expect(await run('resume', ...RECORD)).toMatchObject({
      code: 0,
      stdout: 'Trading is not halted.\n',
    });
    expect(system.killSwitch.reason()).toBe('');
  });

  it('halt reduces, flattens once confirmed; resume loosens, then ends it', async () => {
    const reduced = await run('halt', '--mode', 'reducing', '--actor', 'ann', '--reason', 'odd');
    expect(reduced).toMatchObject({
      code: 0,
      stdout: 'Trading is REDUCING by ann: odd\nOnly orders that lower exposure are taken.\n',
    });
    const flatten = ['halt', '--mode', 'flatten', '--actor', 'bob', '--reason', 'out'];
    const stderr = expect.stringContaining('Add --yes');
    expect(await run(...flatten)).toEqual({ code: 2, stdout: '', stderr });
    const flattened = await run(...flatten, '--yes');
    expect(flattened.code).toBe(0);
    expect(flattened.stdout).toMatch(/FLATTENED by bob: out\n {2}before by ann: odd, .* UTC\n/);
    const shown = await run('status');
    expect(shown).toEqual({ code: 0, stdout: flattened.stdout, stderr: '' });
    const loosened = await run('resume', '--to', 'reducing', ...RECORD, '--json');
    expect(loosened.code).toBe(0);
    expect(JSON.parse(loosened.stdout)).toMatchObject({
      mode: 'reducing',
      changes: [
        { mode: 'flatten', actor: 'bob', reason: 'out' },
        { mode: 'reducing', actor: 'ann', reason: 'wire of Monday' },
      ],
    });
    expect((await run('resume', ...RECORD)).code).toBe(0);
  });

  it('halt pulls the kill switch where risk does not answer; resume leaves it then', async () => {
    const nobody = ['--set', 'rpc.riskAddress=127.0.0.1:1', '--set'];
    const file = `${system.killSwitch.file}-2`;
    const where = [...nobody, `killSwitchFile=${file}`];
    const halted = await ats('halt', '--actor', 'ann', '--reason', 'odd prices', ...where);
    expect(halted).toMatchObject({ code: 0, stderr: '' });
    expect(halted.stdout).toContain(`The kill switch is on: ${file}`);
    expect(await ats('resume', ...RECORD, ...where)).toMatchObject({ code: 1, stdout: '' });
    expect(openKillSwitch(file).reason()).toBe('ann: odd prices');
  });

  it('positions shows what has filled, and that it equals the ledger', async () => {
    const shown = await run('positions');
    expect(shown).toMatchObject({ code: 0, stderr: '' });
    expect(shown.stdout).toContain('No positions: nothing has filled.');
    expect(shown.stdout).toContain('to the last digit');
    const { stdout } = await run('positions', '--venue', 'binance', '--json');
    const none = { ok: true, positions: [], profit: [], numeraire: 'USDT' };
    expect(JSON.parse(stdout)).toMatchObject({ ...none, total: { profit: '0' } });
  });

  it('limits shows what they stand at, and changes one for good until it is put back', async () => {
    const shown = await run('limits');
    expect(shown).toMatchObject({ code: 0, stderr: '' });
    expect(shown.stdout).toMatch(/lossPerDay .*0 % +0 +5,000.00 +10,000.00 +USDT +halted/);
    expect(shown.stdout).toContain('No limit is breached.');
    const set = ['limits', 'set', 'lossPerDay', '--max', '9000', ...RECORD];
    expect(await run(...set)).toMatchObject({
      code: 0,
      stdout: 'lossPerDay is now: warn 5000, max 9000, on breach halted.\n',
    });
    const { version, limits } = JSON.parse((await run('limits', '--json')).stdout);
    const [changed] = limits.filter(({ name }: { name: string }) => name === 'lossPerDay');
    expect({ version, changed }).toMatchObject({ version: 1, changed: { changedBy: 'ann' } });
    expect(await run('limits', 'reset', '--all', ...RECORD)).toMatchObject({
      code: 0,
      stdout: 'lossPerDay is now: warn 5000, max 10000, on breach halted.\n',
    });
  });

  it('inventory shows what there is, and has no plan where nothing is traded', async () => {
    await until(async () => (await verdict())?.open);
    const asked = ['--venue', 'binance', '--asset', 'USDT'];
    const shown = await run('inventory', ...asked);
    expect(shown).toMatchObject({ code: 0, stderr: '' });
    expect(shown.stdout).toMatch(/USDT +binance +1,0\d\d\.\d\d +0 .* unknown +0 +too few\n/);
    const { runways } = JSON.parse((await run('inventory', ...asked, '--json')).stdout);
    expect(runways).toMatchObject([{ accountId: 'main', fills: 0, dry: false }]);
    expect(await run('inventory', '--venue', 'mars')).toMatchObject({
      stdout: 'Nothing is there: no account has had such money yet.\n',
    });
    expect(await run('inventory', 'plan')).toMatchObject({
      ...{ code: 0, stdout: 'Nothing runs dry.\n' },
    });
  });

  it.each([
    ['a limit that is none', ['limits', 'set', 'luck', '--max', '1', ...RECORD], 'lossPerDay'],
    ['a limit that is no number', ['limits', 'set', 'drawdown', '--max', 'lots', ...RECORD], 'max'],
    ['a reset of nothing', ['limits', 'reset', ...RECORD], '--all'],
    ['an unknown venue', ['reconcile', '--venue', 'mars'], 'VENUE_UNKNOWN'],
    ['an unknown venue to compare', ['reconcile', '--now', '--venue', 'mars'], 'VENUE_UNKNOWN'],
    [
      'an unknown difference',
      ['reconcile', 'confirm', 'none', '--as', 'fee', ...RECORD],
      'LEDGER_DIFFERENCE_UNKNOWN',
    ],
    ['a kind that is none', ['reconcile', 'confirm', 'x', '--as', 'gift', ...RECORD], 'gift'],
    ['a halt without a reason', ['halt', '--actor', 'ann', '--reason', ''], 'reason'],
    ['a mode that is none', ['halt', ...RECORD, '--mode', 'slow'], 'slow'],
    ['a halt by nobody', ['halt', '--reason', 'odd prices'], '--actor'],
  ])('refuses %s with one message', async (_what, args, named) => {
    const stderr = expect.stringContaining(named);
    expect(await run(...args)).toEqual({ code: 2, stdout: '', stderr });
  });

  it('says where it looked when nothing answers', async () => {
    const said = await ats('reconcile', '--set', 'rpc.ledgerAddress=127.0.0.1:1');
    expect(said).toMatchObject({ code: 1, stdout: '' });
    expect(said.stderr).toMatch(/127\.0\.0\.1:1.*rpc\.ledgerAddress.*RPC_UNAVAILABLE/);
  });
});
