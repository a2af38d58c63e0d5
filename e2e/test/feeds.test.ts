import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ats, FREE_PORTS, ownData } from '../src/ats.ts';

const EXAMPLE = './examples/exchanges/upbit-books.ts';
const SHORT = [
  'up',
  '--duration',
  '6s',
  '--seed',
  '5',
  '--summary',
  'json',
  ...FREE_PORTS,
  ...ownData(),
];

const feed = (venue: string, name: string): string[] => ['--set', `venues.${venue}.feed=${name}`];

describe('ats up with feeds that are not native', () => {
  test('streams an exchange through ccxt, another through a user’s file', async () => {
    const args = [...SHORT, ...feed('kraken', 'ccxt:kraken'), ...feed('upbit', EXAMPLE)];
    const { code, stdout, stderr } = await ats(args);
    const { venues, invariants } = JSON.parse(stdout);
    expect(invariants).toEqual({ ok: true, violations: [] });
    for (const name of ['kraken', 'upbit']) {
      expect(venues[name].bookUpdates).toBeGreaterThan(0);
      expect(venues[name]).toMatchObject({ resyncs: 0, checksumFailures: 0 });
    }
    const warned = stderr.match(/^.*"level":"warn".*"service":"price-collector".*$/gm);
    expect(warned).toBeNull();
    expect(code).toBe(0);
  }, 40_000);

  test('ends in time, with its summary, though an exchange cannot be reached', async () => {
    const nobody = {
      feed: 'ccxt:kraken',
      ws: ['ws://127.0.0.1:1'],
      rest: ['http://127.0.0.1:1'],
    };
    const away = Object.entries(nobody).map(([key, value]) => [
      '--set',
      `venues.kraken.${key}=${JSON.stringify(value)}`,
    ]);
    const others = ['binance', 'coinbase', 'upbit', 'bitfinex'].map((name) => [
      '--set',
      `venues.${name}.enabled=false`,
    ]);
    const args = ['--mode', 'paper', ...away.flat(), ...others.flat()];
    const { code, stdout, stderr } = await ats([...SHORT, ...args]);
    const { venues, durationMs } = JSON.parse(stdout);
    expect(venues.kraken).toMatchObject({ frames: 0, bookUpdates: 0 });
    expect(durationMs).toBeLessThan(8000);
    expect(stderr.match(/"event":"ccxt.failed"/g)).toHaveLength(1);
    expect(code).toBe(0);
  }, 40_000);
});

describe('ats up refuses with exit code 2 an adapter that', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ats-e2e-adapter-'));

  test.each([
    ['is not there', undefined, 'cannot be loaded'],
    ['is no program', 'this is no program', 'cannot be loaded'],
    ['exports no dialect', 'export const other = 1;', 'exports no `dialect`'],
    ['has half a dialect', 'export const dialect = { name: "half" };', 'feed must be a string'],
  ])(
    '%s',
    async (name, source, problem) => {
      const file = join(folder, `${name.replaceAll(' ', '-')}.ts`);
      if (source !== undefined) writeFileSync(file, source);
      const { code, stdout, stderr } = await ats([...SHORT, ...feed('upbit', file)]);
      expect(stderr).toContain('ADAPTER_INVALID');
      expect(stderr).toContain(file);
      expect(stderr).toContain(problem);
      expect(stderr).not.toMatch(/\n\s+at /);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    },
    40_000,
  );
});
