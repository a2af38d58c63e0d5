import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AtsError } from '@ats/domain';
import { z } from 'zod';
import {
  crossCheck,
  listingsOf,
  loadConfig,
  parseConfig,
  sharedConfigSchema,
  sharedConfigShape,
} from '../../src/index.ts';

const folder = join(import.meta.dirname, '../../../../config');
const strict = z.strictObject({
  ...sharedConfigShape,
  collector: z.unknown().optional(),
  engine: z.unknown().optional(),
  risk: z.unknown().optional(),
  audit: z.unknown().optional(),
  dashboard: z.unknown().optional(),
  backtest: z.unknown().optional(),
  gateway: z.unknown().optional(),
  notification: z.unknown().optional(),
  access: z.unknown().optional(),
  oms: z.unknown().optional(),
  venueGateway: z.unknown().optional(),
  simulator: z.unknown().optional(),
});

function load(parts: { yaml?: string; env?: Record<string, string>; set?: string[] }) {
  const file = join(mkdtempSync(join(tmpdir(), 'ats-config-')), 'my.yaml');
  if (parts.yaml !== undefined) writeFileSync(file, parts.yaml);
  return loadConfig({
    folder,
    ...(parts.yaml === undefined ? {} : { file }),
    environment: parts.env ?? {},
    assignments: parts.set ?? [],
  });
}

function problem(run: () => unknown): AtsError {
  try {
    run();
  } catch (error) {
    if (error instanceof AtsError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('layers', () => {
  test('the defaults parse and describe every listed asset', () => {
    const config = parseConfig(load({}), sharedConfigSchema);
    const problems: unknown[] = [];
    crossCheck(config, (found) => problems.push(found));
    expect(problems).toEqual([]);
    const listings = listingsOf(config);
    expect(new Set(listings.map(({ venue }) => venue)).size).toBe(5);
    expect(listings.every(({ quote }) => quote.network !== 'unknown')).toBe(true);
  });

  test('later layers win: file, then environment, then flags', () => {
    const seed = (parts: Parameters<typeof load>[0]) => load(parts).values.seed;
    expect(seed({})).toBe(1);
    expect(seed({ yaml: 'seed: 2' })).toBe(2);
    expect(seed({ yaml: 'seed: 2', env: { ATS_SEED: '3' } })).toBe(3);
    expect(seed({ yaml: 'seed: 2', env: { ATS_SEED: '3' }, set: ['seed=4'] })).toBe(4);
  });

  test('a profile brings its own file, whichever layer names it', () => {
    expect(load({ set: ['profile=distributed'] }).values.bus).toEqual({
      url: 'redis://127.0.0.1:6379',
    });
    expect(load({ env: { ATS_PROFILE: 'distributed' } }).values.bus).toEqual({
      url: 'redis://127.0.0.1:6379',
    });
  });

  test.each(['0123456789e12345', 'ends-with-a-colon:', 'has: a colon', '*star # hash'])(
    'a variable that ends in __FILE takes its value from that file, as it is written: %s',
    (secret) => {
      const file = join(mkdtempSync(join(tmpdir(), 'ats-secret-')), 'secret');
      writeFileSync(file, `${secret}\n`);
      const env = { ATS_ACCESS__MASTER_KEY__FILE: file, ATS_TICK_STORE__URL__FILE: file };
      const values = load({ env }).values as Record<string, Record<string, unknown>>;
      expect(values['access']?.['masterKey']).toBe(secret);
      expect(values['tickStore']?.['url']).toBe(secret);
    },
  );

  test('a URL that is a scheme alone can be set', () => {
    expect(load({ set: ['bus.url=memory:'] }).values.bus).toEqual({ url: 'memory:' });
    expect(load({ env: { ATS_BUS__URL: 'memory:' } }).values.bus).toEqual({ url: 'memory:' });
  });

  test('a list in the file of a variable is a list', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'ats-secret-')), 'tokens');
    writeFileSync(file, '[{ name: desk, token: a-token-of-16-chars }]\n');
    const { gateway } = load({ env: { ATS_GATEWAY__TOKENS__FILE: file } }).values as {
      gateway: { tokens: unknown };
    };
    expect(gateway.tokens).toEqual([{ name: 'desk', token: 'a-token-of-16-chars' }]);
  });

  test('a file of a variable that cannot be read is named', () => {
    const error = problem(() => load({ env: { ATS_ACCESS__MASTER_KEY__FILE: '/nowhere/key' } }));
    expect(error.code).toBe('CONFIG_UNREADABLE');
    expect(error.message).toContain('ATS_ACCESS__MASTER_KEY__FILE');
    expect(error.message).toContain('/nowhere/key');
  });

  test('environment names find keys in camel case and inside maps', () => {
    const { values } = load({ env: { ATS_TICK_STORE__BATCH_SIZE: '7', ATS_LOG__LEVEL: 'warn' } });
    expect(values.tickStore).toMatchObject({ batchSize: 7 });
    expect(values.log).toEqual({ level: 'warn' });
  });

  test('a setting named __proto__ stays a setting and is refused', () => {
    const loaded = load({ set: ['__proto__.polluted=true'] });
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    expect(problem(() => parseConfig(loaded, strict)).code).toBe('CONFIG_INVALID');
  });
});

describe('problems', () => {
  test('are all reported together, with path, value and source', () => {
    const loaded = load({
      yaml: 'mode: simm\nbusz: 1\nvenues: { binance: { fees: { takerBps: minus } } }',
      set: ['seed=x'],
    });
    const { code, message } = problem(() => parseConfig(loaded, strict));
    expect(code).toBe('CONFIG_INVALID');
    expect(message).toContain('4 problems');
    expect(message).toMatch(/mode is "simm": .*"paper".*my\.yaml/);
    expect(message).toMatch(/seed is "x": .*\(in --set\)/);
    expect(message).toMatch(/busz is no setting \(in .*my\.yaml\)/);
    expect(message).toMatch(/venues\.binance\.fees\.takerBps is "minus"/);
  });

  test('never repeat a secret, nor one within what is wrong', () => {
    const loaded = load({ yaml: 'gateway: { tokens: [{ name: a, token: too-short }] }' });
    const token = z.string().min(32);
    const one = z.object({ name: z.string(), token });
    const many = z.looseObject({ gateway: z.object({ tokens: z.array(one).min(2) }) });
    const { message } = problem(() => parseConfig(loaded, many));
    expect(message).toContain('gateway.tokens.0.token is "***"');
    expect(message).toContain('gateway.tokens is [{"name":"a","token":"***"}]');
    expect(message).not.toContain('too-short');
  });

  test.each([
    [{ yaml: ': [' }, 'CONFIG_UNREADABLE'],
    [{ yaml: 'just words' }, 'CONFIG_UNREADABLE'],
    [{ set: ['novalue'] }, 'CONFIG_INVALID'],
    [{ env: { ATS_NO_SUCH: '1' } }, 'CONFIG_INVALID'],
  ])('%j is refused before parsing as %s', (parts, code) => {
    const found = problem(() => load(parts));
    expect(found.code).toBe(code);
    expect(found.remedy).toBeDefined();
  });

  test('a file that is not there is named', () => {
    const found = problem(() =>
      loadConfig({ folder, file: '/nowhere/x.yaml', environment: {}, assignments: [] }),
    );
    expect(found.code).toBe('CONFIG_UNREADABLE');
    expect(found.message).toContain('/nowhere/x.yaml');
  });

  const shared = ['profile=distributed', 'sharing.enabled=true'];
  const session = 'eventLog.url=kafka://127.0.0.1:9092?replicas=1&sessionMs=30000';

  test.each([
    [
      ['sharing.termMs=6667'],
      /sharing\.termMs is 6667: .*10000 ms.* at most 6666.*sessionMs=10001/,
    ],
    [[session, 'sharing.termMs=20001'], /sharing\.termMs is 20001: .*30000 ms.* at most 20000/],
  ])('a lease that outlives the session of the log is refused: %j', (set, expected) => {
    const { code, message } = problem(() =>
      parseConfig(load({ set: [...shared, ...set] }), sharedConfigSchema),
    );
    expect(code).toBe('CONFIG_INVALID');
    expect(message).toMatch(expected);
  });

  test.each([
    [[...shared, 'sharing.termMs=6666']],
    [[...shared, session, 'sharing.termMs=20000']],
    [[...shared, 'sharing.termMs=60000', 'eventLog.url=lmdb:./data/log']],
    [['profile=distributed', 'sharing.termMs=60000']],
  ])('a lease that the session of the log allows is taken: %j', (set) => {
    expect(() => parseConfig(load({ set }), sharedConfigSchema)).not.toThrow();
  });
});
