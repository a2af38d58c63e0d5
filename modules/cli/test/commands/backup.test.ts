import { mkdtempSync, readdirSync } from 'node:fs';
import { appendFile, cp, mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { auditConfigSchema, auditExporter } from '@ats/audit-exporter';
import { type AccountId, type AssetId, Decimal, type VenueId } from '@ats/domain';
import { balanceItems, ledgerEntryRecord, moveMoney } from '@ats/orders';
import {
  loadConfig,
  openRpcDirectory,
  parseConfig,
  seededRandom,
  systemClock,
  systemTimers,
  UNGUARDED,
} from '@ats/runtime';
import { type OpenPorts, openPorts, type PortsConfig } from '@ats/storage';
import { memoryMetrics, silentLogger } from '@ats/testkit';
import { placesUnder } from '../../src/app/backup/places.ts';
import { restoreBackup } from '../../src/app/backup/restore-backup.ts';
import { ats } from '../ats.ts';

const CONFIG_FOLDER = fileURLToPath(new URL('../../../../config', import.meta.url));
const DEPOSITS = 7;
const root = mkdtempSync(join(tmpdir(), 'ats-backup-'));
const data = join(root, 'data');
const assignments = [
  `eventLog.url=lmdb:${data}/log`,
  `stateStore.url=lmdb:${data}/state`,
  `archive.url=file:${data}/audit`,
  `tickStore.url=parquet:${data}/ticks`,
  `security.folder=${data}/security`,
  `risk.approvalKeyFile=${data}/approval-key`,
  `gateway.tokenFile=${data}/gateway-token`,
  `killSwitchFile=${data}/kill-switch`,
];
const flags = assignments.flatMap((one) => ['--set', one]);
const parts = {
  clock: systemClock,
  timers: systemTimers,
  random: seededRandom(1),
  logger: silentLogger(),
  metrics: memoryMetrics(),
};

async function deposit(ports: OpenPorts, number: number): Promise<void> {
  const accountId = 'ann' as AccountId;
  const outcome = moveMoney({
    ...{ kind: 'deposit', accountId, venue: 'kraken' as VenueId, asset: 'USD' as AssetId },
    ...{ amount: Decimal.parse('10'), reference: `${number}`, confirmation: 'test', atUs: number },
  });
  if (outcome.kind === 'refused') throw new Error(outcome.reason);
  await (await ports.stateStore()).transact(balanceItems([outcome.entry]));
  const about = { accountId, correlationId: 'test' };
  await (await ports.eventLog()).append(ledgerEntryRecord(outcome.entry, about));
}

const restored = (from: string) =>
  restoreBackup({ from, places: placesUnder(data), to: join(root, 'untouched'), force: false });
const saidBy = (said: { readonly stdout: string }) => JSON.parse(said.stdout);

describe('ats backup and ats restore', () => {
  let ports: OpenPorts;

  beforeAll(async () => {
    const loaded = loadConfig({ folder: CONFIG_FOLDER, environment: {}, assignments });
    ports = openPorts({ ...parts, config: loaded.values as unknown as PortsConfig });
    const rpc = openRpcDirectory({ ...parts, guard: UNGUARDED, addresses: {} });
    const config = parseConfig(loaded, auditConfigSchema);
    const exporter = await auditExporter.start({ ...parts, config, rpc, ports });
    for (let number = 0; number < DEPOSITS; number += 1) await deposit(ports, number);
    await exporter.drain();
    await rpc.close();
    // What the archive does not have yet when the backup is made.
    await deposit(ports, DEPOSITS);
    await mkdir(join(data, 'security/vault'), { recursive: true });
    await writeFile(join(data, 'security/vault/people'), 'sealed');
    await writeFile(join(data, 'security/master-key'), 'secret');
    await writeFile(join(data, 'gateway-token'), 'token', { mode: 0o600 });
  });
  afterAll(async () => {
    await ports.close();
    await rm(root, { recursive: true, force: true });
  });

  describe.each(['backup', 'backup.tar.gz'])('as %s', (name) => {
    const out = join(root, name);

    it('is made of a system that runs, whole or not at all', async () => {
      const said = await ats('backup', '--out', out, '--json', ...flags);
      expect(said).toMatchObject({ code: 0, stderr: '' });
      expect(saidBy(said)).toMatchObject({ masterKey: false });
      expect(Math.max(...saidBy(said).log['ledger.entries'])).toBe(DEPOSITS + 1);
      const again = await ats('backup', '--out', out, ...flags);
      expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining('BACKUP_EXISTS') });
      expect(readdirSync(root).filter((file) => file.includes('partial'))).toEqual([]);
    });

    it('is restored elsewhere, and found sound', async () => {
      const to = join(root, `restored-${name}`);
      const said = await ats('restore', '--from', out, '--to', to, '--json', ...flags);
      expect(said).toMatchObject({ code: 0 });
      expect(saidBy(said).check).toMatchObject({
        ...{ ok: true, balances: 1, problems: [] },
        ledger: { entries: DEPOSITS + 1, balanced: true },
        audit: { records: DEPOSITS },
      });
      expect(readdirSync(join(to, 'security'))).toEqual(['vault']);
      expect(await readFile(join(to, 'gateway-token'), 'utf8')).toBe('token');
    });
  });

  it('refuses places that a system uses', async () => {
    const said = await ats('restore', '--from', join(root, 'backup'), '--force', ...flags);
    expect(said).toMatchObject({ code: 2, stderr: expect.stringContaining(`${process.pid}`) });
  });

  const spoiled: readonly (readonly [string, string, (file: string) => Promise<void>])[] = [
    ['cut short', 'log/data.mdb', (file) => truncate(file, 100)],
    ['changed', 'security/vault/people', (file) => writeFile(file, 'forged')],
    ['longer', 'state/data.mdb', (file) => appendFile(file, 'x')],
    ['missing', 'gateway-token', (file) => rm(file)],
    ['no manifest', 'manifest.json', (file) => truncate(file, 200)],
  ];

  it.each(spoiled)('refuses a backup with a file %s, and names it', async (_how, path, spoil) => {
    const copy = join(root, `spoiled-${path.replaceAll('/', '-')}`);
    await cp(join(root, 'backup'), copy, { recursive: true });
    await spoil(join(copy, path));
    await expect(restored(copy)).rejects.toMatchObject({
      ...{ code: 'BACKUP_DAMAGED', message: expect.stringContaining(join(copy, path)) },
    });
    expect(readdirSync(root)).not.toContain('untouched');
  });

  it('refuses a file that is cut short', async () => {
    const copy = join(root, 'cut.tar.gz');
    await cp(join(root, 'backup.tar.gz'), copy);
    await truncate(copy, 3000);
    await expect(restored(copy)).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' });
    expect(readdirSync(root).filter((file) => file.endsWith('unpacked'))).toEqual([]);
  });

  it('replaces nothing unless told, and then keeps it beside, with its master key', async () => {
    await ports.close();
    const from = join(root, 'backup');
    const refused = await ats('restore', '--from', from, ...flags);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('RESTORE_REFUSED') });
    const said = await ats('restore', '--from', from, '--force', '--json', ...flags);
    expect(said).toMatchObject({ code: 0 });
    expect(saidBy(said).movedAside).toContainEqual(expect.stringContaining(`${data}/log.before-`));
    expect(await readFile(join(data, 'security/master-key'), 'utf8')).toBe('secret');
  });
});
