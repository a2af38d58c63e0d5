import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { auditConfigSchema, auditExporter } from '@ats/audit-exporter';
import {
  loadConfig,
  openRpcDirectory,
  parseConfig,
  seededRandom,
  systemClock,
  systemTimers,
  UNGUARDED,
} from '@ats/runtime';
import { openPorts, type PortsConfig } from '@ats/storage';
import { memoryMetrics, silentLogger } from '@ats/testkit';
import { ats } from '../ats.ts';

const CONFIG_FOLDER = fileURLToPath(new URL('../../../../config', import.meta.url));
const RECORDS = 5;

describe('ats audit', () => {
  let folder: string;
  let archive: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ats-audit-cli-'));
    archive = `file:${join(folder, 'audit')}`;
    const assignments = [`eventLog.url=lmdb:${join(folder, 'log')}`, `archive.url=${archive}`];
    const loaded = loadConfig({ folder: CONFIG_FOLDER, environment: {}, assignments });
    const parts = {
      clock: systemClock,
      timers: systemTimers,
      random: seededRandom(1),
      logger: silentLogger(),
      metrics: memoryMetrics(),
    };
    const ports = openPorts({ ...parts, config: loaded.values as unknown as PortsConfig });
    const rpc = openRpcDirectory({ ...parts, guard: UNGUARDED, addresses: {} });
    const config = parseConfig(loaded, auditConfigSchema);
    const running = await auditExporter.start({ ...parts, config, rpc, ports });
    const log = await ports.eventLog();
    for (let number = 0; number < RECORDS; number += 1) {
      const headers = { schema: 'ats.alert.v1.Alert', eventId: `e-${number}`, correlationId: 'c' };
      await log.append({ topic: 'alerts', key: 'k', headers, payload: new Uint8Array() });
    }
    await running.drain();
    await rpc.close();
    await ports.close();
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('verifies a whole archive, for a person and for a program', async () => {
    const said = await ats('audit', 'verify', '--archive', archive);
    expect(said).toMatchObject({ code: 0, stdout: expect.stringContaining('1 segments') });
    const { code, stdout } = await ats('audit', 'verify', '--archive', archive, '--json');
    expect(code).toBe(0);
    const report = { ok: true, segments: 1, records: RECORDS, problems: [] };
    expect(JSON.parse(stdout)).toMatchObject(report);
  });

  it('compares the archive with the log', async () => {
    const log = `eventLog.url=lmdb:${join(folder, 'log')}`;
    const args = ['audit', 'verify', '--log', '--set', log, '--archive', archive];
    const said = await ats(...args);
    expect(said).toMatchObject({ code: 0, stdout: expect.stringContaining('0 not archived') });
    const { stdout } = await ats(...args, '--json');
    const whole = { records: RECORDS, missing: 0, differing: [] };
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, log: whole });
  });

  it('answers SQL with a table or with JSON', async () => {
    const sql = 'SELECT count(*) AS alerts, min("offset") AS first FROM alerts';
    const table = await ats('audit', 'query', sql, '--archive', archive);
    expect(table).toMatchObject({ code: 0, stdout: expect.stringMatching(/│ alerts │ first │/) });
    const { stdout } = await ats('audit', 'query', sql, '--archive', archive, '--json');
    expect(JSON.parse(stdout)).toEqual([{ alerts: String(RECORDS), first: '0' }]);
  });

  it.each([
    ['SQL that is none', ['query', 'SELEKT 1'], 'query'],
    ['a limit of nothing', ['query', 'SELECT 1', '--limit', '0'], '--limit'],
    ['an unknown topic', ['verify', '--topic', 'gossip'], 'gossip'],
  ])('refuses %s with one message', async (_what, args, named) => {
    const { code, stderr, stdout } = await ats('audit', ...args, '--archive', archive);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(named);
  });

  it('does not make the archive that it is to read', async () => {
    const nowhere = join(folder, 'nowhere');
    expect(await ats('audit', 'verify', '--archive', `file:${nowhere}`)).toMatchObject({ code: 2 });
    expect(await readdir(folder)).not.toContain('nowhere');
  });

  it('names the file of which a byte was changed, and ends with 1', async () => {
    const files = await readdir(join(folder, 'audit', 'events'), { recursive: true });
    const name = files.find((one) => one.endsWith('.jsonl.gz')) ?? '';
    const path = join(folder, 'audit', 'events', name);
    const bytes = await readFile(path);
    bytes[bytes.length - 20] = (bytes[bytes.length - 20] ?? 0) ^ 4;
    await writeFile(path, bytes);
    const { code, stdout } = await ats('audit', 'verify', '--archive', archive);
    expect({ code, named: stdout.includes(name) }).toEqual({ code: 1, named: true });
  });
});
