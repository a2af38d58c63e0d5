import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { jest } from '@jest/globals';
import { ats } from '../ats.ts';

jest.setTimeout(120_000);

const folder = mkdtempSync(join(tmpdir(), 'ats-config-'));
const own = ['--set', `security.folder=${folder}/security`];

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** The same as a person at a pipe: one line of input. */
function typed(line: string, ...args: string[]): Promise<{ code: number | null; stdout: string }> {
  const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
  const child = spawn(process.execPath, ['--no-warnings', main, ...args]);
  let stdout = '';
  child.stdout.on('data', (chunk) => {
    stdout += String(chunk);
  });
  child.stdin.end(`${line}\n`);
  return new Promise((done) => {
    child.once('close', (code) => done({ code, stdout }));
  });
}

describe('ats config', () => {
  it('names everything that is wrong with all layers at once, and ends with 2', async () => {
    const path = file('wrong.yaml', 'engine: { minEdgeBp: 1 }\nmode: simm\nseed: enc:v1:AAAA\n');
    process.env['ATS_ENGINE__PROFIT_MINN'] = '1';
    const { code, stdout } = await ats('config', 'check', '-c', path, '--json', ...own);
    delete process.env['ATS_ENGINE__PROFIT_MINN'];
    const { ok, problems } = JSON.parse(stdout) as { ok: boolean; problems: string[] };
    expect([code, ok]).toEqual([2, false]);
    const all = problems.join('\n');
    expect(all).toContain('did you mean ATS_ENGINE__PROFIT_MIN');
    expect(all).toContain('engine.minEdgeBp is no setting');
    expect(all).toContain('did you mean engine.minEdgeBps?');
    expect(all).toContain('mode is "simm"');
    expect(all).toContain('seed: there is no master key');
  });

  it('shows what is in force with the layer that said it, and no secret', async () => {
    const path = file(
      'mine.yaml',
      "version: 2\nbus: { url: 'redis://me:hush@there:1' }\nengine: { minEdgeBps: 4 }\n" +
        'venueGateway: { accounts: { kraken: { apiKey: hush, secret: hush } } }\n',
    );
    const whole = await ats('config', 'show', '--sources', '--json', '-c', path);
    const entries = JSON.parse(whole.stdout) as { path: string; value: unknown; source: string }[];
    const of = (key: string) => entries.find((entry) => entry.path === key);
    expect(of('engine.minEdgeBps')).toMatchObject({ value: 4, source: path });
    expect(of('engine.closeEdgeBps')).toMatchObject({ value: 0, source: 'default.yaml' });
    expect(of('bus.url')).toMatchObject({ value: 'redis://***@there:1' });
    expect(of('venueGateway.accounts.kraken.secret')).toMatchObject({ value: '***' });
    expect(whole.stdout).not.toContain('hush');
    const diff = await ats('config', 'diff', '--json', '-c', path);
    const changed = JSON.parse(diff.stdout) as { path: string; before: unknown; after: unknown }[];
    expect(changed.map((one) => one.path).toSorted()).toEqual([
      ...['bus.url', 'engine.minEdgeBps'],
      ...['venueGateway.accounts.kraken.apiKey', 'venueGateway.accounts.kraken.secret'],
    ]);
    expect(changed).toContainEqual({
      path: 'engine.minEdgeBps',
      before: 1,
      after: 4,
      source: path,
    });
    expect(diff.stdout).not.toContain('hush');
    const check = await ats('config', 'check', '-c', path);
    expect(check.code).toBe(0);
    expect(check.stdout).toContain('ats config encrypt venueGateway.accounts.kraken.secret');
  });

  it('says which key was meant', async () => {
    const { code, stderr } = await ats('config', 'show', 'engine.minEdgeBp');
    expect([code, stderr]).toEqual([2, expect.stringContaining('did you mean engine.minEdgeBps?')]);
  });

  it('encrypts a secret that opens for its key, and for no other', async () => {
    const key = 'venueGateway.accounts.kraken.secret';
    const { code, stdout } = await typed('c2VjcmV0', 'config', 'encrypt', key, '--json', ...own);
    expect([code, stdout.includes('c2VjcmV0')]).toEqual([0, false]);
    const { value } = JSON.parse(stdout) as { value: string };
    const at = (venue: string) =>
      file(`${venue}.yaml`, `venueGateway: { accounts: { ${venue}: { secret: '${value}' } } }\n`);
    expect((await ats('config', 'check', '-c', at('kraken'), ...own)).code).toBe(0);
    const shown = await ats('config', 'show', key, '-c', at('kraken'), ...own);
    expect(shown.stdout).toBe('***\n');
    const moved = await ats('config', 'check', '-c', at('binance'), ...own);
    expect([moved.code, moved.stdout]).toEqual([
      ...[2, expect.stringContaining('venueGateway.accounts.binance.secret: it was changed, or')],
    ]);
  });

  it('migrates a file beside it, and into it with the old one kept', async () => {
    const before = 'collector: { rest: { breakerResetMs: 7 } } # mine\n';
    const path = file('old.yaml', before);
    expect((await ats('config', 'migrate', path)).code).toBe(0);
    expect([readFileSync(path, 'utf8'), existsSync(`${path}.new`)]).toEqual([before, true]);
    expect((await ats('config', 'migrate', path, '--write')).code).toBe(0);
    expect(readFileSync(`${path}.v1.bak`, 'utf8')).toBe(before);
    expect(readFileSync(path, 'utf8')).toMatch(/version: 2[\s\S]*openMs: 7[\s\S]*# mine/);
    expect((await ats('config', 'check', '-c', path)).stderr).toBe('');
    // A second one does not overwrite what was kept.
    writeFileSync(path, before);
    expect((await ats('config', 'migrate', path, '--write')).code).toBe(2);
  });
});
