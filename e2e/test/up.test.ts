import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { ats, FREE_PORTS, onTerminal, ownData, PROFILE, startAts } from '../src/ats.ts';

/** Some figures cannot be had across processes: they are null, and never invented. */
const remote = <Schema extends z.ZodType>(schema: Schema) =>
  PROFILE === 'distributed' ? schema.nullable() : schema;

const stage = z.strictObject({
  p50: remote(z.number().min(0)),
  p99: remote(z.number().min(0)),
  max: z.number().min(0),
  count: remote(z.int().min(0)),
});

const decimal = z.string().regex(/^-?\d+(\.\d+)?$/);

/** The document that `ats up --summary json` promises. */
const summarySchema = z.strictObject({
  profile: z.string(),
  mode: z.string(),
  seed: z.int(),
  durationMs: z.number(),
  venues: z.record(
    z.string(),
    z.strictObject({
      frames: z.int(),
      bookUpdates: z.int(),
      resyncs: z.int(),
      checksumFailures: z.int(),
      ageMsP99: z.number(),
    }),
  ),
  opportunities: z.strictObject({
    total: z.int(),
    approved: z.int(),
    refused: z.int(),
    byReason: z.record(z.string(), z.int()),
  }),
  latencyUs: z.strictObject({
    frameToBook: stage,
    bookToDecision: stage,
    decisionToRisk: stage,
    frameToRiskAnswer: stage,
  }),
  numeraire: z.string(),
  trades: z.strictObject({
    total: z.int(),
    open: z.int(),
    byOutcome: z.record(z.string(), z.int()),
    completedByPair: z.record(z.string(), z.int()),
    profitByAsset: z.record(z.string(), decimal),
    unhedgedUsdSeconds: z.number().min(0),
    waterfall: z.strictObject({
      quoted: decimal,
      staleness: decimal,
      fees: decimal,
      slippage: decimal,
      unwind: decimal,
      realised: decimal,
    }),
  }),
  ledger: z.strictObject({
    entries: z.int(),
    balanced: z.boolean(),
    deltas: z.record(z.string(), z.literal('0')),
    differences: z.array(z.string()),
    profit: z.record(z.string(), z.strictObject({ traded: decimal, fees: decimal, net: decimal })),
  }),
  restarts: z.record(z.string(), z.int()),
  invariants: z.strictObject({ ok: z.boolean(), violations: z.array(z.string()) }),
});

describe('ats up', () => {
  test('finds opportunities on five venues, trades them and balances its ledger', async () => {
    const { code, stdout, stderr } = await ats([
      'up',
      ...['--duration', '30s', '--seed', '7', '--summary', 'json'],
      ...FREE_PORTS,
      ...ownData(),
    ]);
    const summary = summarySchema.parse(JSON.parse(stdout));
    expect({ code, violations: summary.invariants.violations, stderr }).toMatchObject({
      code: 0,
      violations: [],
    });
    expect(summary).toMatchObject({ profile: PROFILE, mode: 'sim', seed: 7, restarts: {} });
    expect(Object.keys(summary.venues).toSorted()).toEqual([
      'binance',
      'bitfinex',
      'coinbase',
      'kraken',
      'upbit',
    ]);
    for (const venue of Object.values(summary.venues)) {
      expect(venue.frames).toBeGreaterThan(0);
      expect(venue.bookUpdates).toBeGreaterThan(0);
      expect(venue.checksumFailures).toBe(0);
    }
    const { total, approved, refused, byReason } = summary.opportunities;
    expect(approved).toBeGreaterThan(0);
    expect(total).toBe(approved + refused);
    expect(Object.values(byReason).reduce((sum, count) => sum + count, 0)).toBe(total);
    const { count } = summary.latencyUs.frameToRiskAnswer;
    if (count !== null) expect(count).toBeGreaterThanOrEqual(approved);
    const { trades, ledger } = summary;
    const ended = Object.values(trades.byOutcome).reduce((sum, count) => sum + count, 0);
    expect({ open: trades.open, ended }).toEqual({ open: 0, ended: trades.total });
    expect(trades.total).toBeGreaterThan(0);
    // Through the servers an order takes longer than many an edge of the simulator lasts.
    if (PROFILE === 'embedded') {
      expect(trades.byOutcome['COMPLETED']).toBeGreaterThan(0);
      expect(Object.keys(trades.completedByPair ?? {}).length).toBeGreaterThanOrEqual(4);
    }
    expect({ balanced: ledger.balanced, differences: ledger.differences }).toEqual({
      balanced: true,
      differences: [],
    });
    expect(ledger.entries).toBeGreaterThan(trades.total);
    // What is open at the end is unwound on live books: the engine stops before prices do.
    const drained = [...stderr.matchAll(/"msg":"([a-z-]+) drained"/g)].map(([, name]) => name);
    expect(drained[0]).toBe('trading-engine');
    expect(drained).toContain('price-collector');
  });

  test('Ctrl-C drains, prints the summary and ends well', async () => {
    const running = startAts(['up', '--seed', '3', '--plain', ...FREE_PORTS, ...ownData()]);
    while (!running.stdout().includes('"event":"status"')) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    running.signal('SIGINT');
    const { stdout } = await running.outcome;
    const last = stdout.trimEnd().split('\n').at(-1) ?? '';
    expect(summarySchema.parse(JSON.parse(last)).invariants).toEqual({ ok: true, violations: [] });
  });
});

describe('ats up on a terminal', () => {
  test('draws venues, the spread matrix, opportunities and latencies', async () => {
    const flags = ['up', '--duration', '10s', '--seed', '7', ...FREE_PORTS, ...ownData()];
    const quoted = flags.map((flag) => `'${flag}'`).join(' ');
    const screen = await onTerminal(`npm run --silent ats -- ${quoted}`);
    for (const shown of [
      'ATS',
      'SIM',
      'seed 7',
      'VENUE',
      'binance',
      'BUY ON \\ SELL ON, net bps',
      'BUY > SELL',
      'APPROVED',
      'frame>risk answer',
      'Ctrl-C drains and prints the summary',
      'All invariants held.',
    ]) {
      expect(screen).toContain(shown);
    }
    expect(screen).not.toMatch(/NaN|undefined|\[object/);
  });
});

describe('ats up refuses with exit code 2 and one message: field, value, remedy', () => {
  const problems: [string, string[], RegExp][] = [
    ['a value of the wrong kind', ['--set', 'seed=many'], /seed is "many"/],
    ['a setting that is none', ['--set', 'engine.minEdgBps=5'], /engine\.minEdgBps is no setting/],
    ['an unknown feed', ['--set', 'venues.kraken.feed=krakn'], /venues\.kraken\.feed.*krakn/],
    ['a config file that is not there', ['--config', '/nowhere.yaml'], /\/nowhere\.yaml/],
    ['an unknown mode', ['--mode', 'dream'], /dream.*sim, paper, live/s],
    ['a bad duration', ['--duration', 'soon'], /"soon" is no duration/],
    ['an unknown storage', ['--set', 'bus.url=pigeon://x'], /bus\.url.*pigeon/s],
  ];

  test.each(problems)('%s', async (_name, args, expected) => {
    const { code, stdout, stderr } = await ats([
      'up',
      '--duration',
      '1s',
      ...FREE_PORTS,
      ...ownData(),
      ...args,
    ]);
    expect(stderr).toMatch(expected);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  test('a port in use', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    const { code, stderr } = await ats([
      ...['up', '--duration', '1s', '--summary', 'json', ...FREE_PORTS, ...ownData()],
      ...['--set', `admin.ports.risk-manager=${port}`, '--set', 'log.level=silent'],
    ]);
    taken.close();
    expect(stderr).toContain(`admin.ports.risk-manager: 127.0.0.1:${port} is in use`);
    expect(code).toBe(2);
  });
});
