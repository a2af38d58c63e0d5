import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { INVENTORY_SERVICE, type WireMessages } from '@ats/contracts';
import { type RpcDirectory, seededRandom, systemClock, systemTimers } from '@ats/runtime';
import { memoryMetrics, silentLogger } from '@ats/testkit';
import { jest } from '@jest/globals';
import { ats } from '../ats.ts';
import { openGuardedRpc } from '../guarded-rpc.ts';

type Runway = WireMessages['ats.inventory.v1.Runway'];
type PlanOption = WireMessages['ats.inventory.v1.PlanOption'];

const runway = (changes: Partial<Runway>): Runway => ({
  ...{ accountId: 'main', venue: 'kraken', asset: 'BTC', available: '0.31', reserved: '0.05' },
  ...{ least: '0.01', inPerHour: 0, outPerHour: 0.25, windowNetPerHour: -0.25, fills: 40 },
  ...{ confidence: 'FLOW_CONFIDENCE_GOOD', level: 'RUNWAY_LEVEL_LOW', secondsToEmpty: 4320 },
  ...{ value: '30950.125', dry: true },
  ...changes,
});

const RUNWAYS = [
  runway({}),
  runway({
    ...{ venue: 'binance', available: '12.5', outPerHour: 0, inPerHour: 0.25, value: '' },
    ...{ level: 'RUNWAY_LEVEL_GROWING', secondsToEmpty: Infinity, dry: false },
  }),
  runway({ ...{ asset: 'ETH', confidence: 'FLOW_CONFIDENCE_LOW', dry: false } }),
];

const option = (changes: Partial<PlanOption>): PlanOption => ({
  ...{ kind: 'PLAN_OPTION_KIND_WAIT', possible: true, amount: '5.7', fromVenue: '', fromAsset: '' },
  ...{ cost: '0', costBps: '', missed: '273.6', seconds: Infinity, inTime: false },
  ...{ toSeconds: 86400, fromSeconds: NaN, moves: [], detail: 'None bring any.' },
  ...changes,
});

const STEP = {
  runway: runway({}),
  wanted: '5.7',
  profitPerHour: '12',
  options: [
    option({}),
    option({
      ...{ kind: 'PLAN_OPTION_KIND_REVERSE_ARBITRAGE', possible: false },
      detail: 'The books hold too little.',
    }),
    option({
      ...{ kind: 'PLAN_OPTION_KIND_TRANSFER', fromVenue: 'binance', fromAsset: 'BTC' },
      ...{ cost: '19.41', costBps: '0.36', missed: '0', seconds: 2700, inTime: true },
      ...{ fromSeconds: Infinity, detail: 'Send 5.7002 BTC from binance to kraken, by hand.' },
    }),
  ],
  recommended: 'PLAN_OPTION_KIND_TRANSFER',
  why: 'Nothing else is in time.',
} as const;

// Each command is a process of its own.
jest.setTimeout(60_000);

describe('how long assets last, as a person reads it', () => {
  let rpc: RpcDirectory;
  let where: readonly string[] = [];
  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ats-inventory-cli-'));
    const opened = await openGuardedRpc(
      {
        ...{ clock: systemClock, timers: systemTimers, random: seededRandom(1) },
        ...{ logger: silentLogger(), metrics: memoryMetrics() },
        addresses: { [INVENTORY_SERVICE.fullName]: { address: '127.0.0.1:0', field: 'rpc' } },
      },
      folder,
    );
    ({ rpc } = opened);
    const serving = await rpc.serve(INVENTORY_SERVICE, {
      GetRunway: () => ({ runways: RUNWAYS, numeraire: 'USDT', warnHours: 2 }),
      GetRebalancePlan: ({ venue }) => ({
        steps: venue === 'binance' ? [] : [{ ...STEP, options: [...STEP.options] }],
        ...{ numeraire: 'USDT', plannedAtUs: 1, horizonHours: 24 },
      }),
    });
    where = [...opened.where, '--set', `rpc.riskAddress=${serving.address}`];
  });
  afterAll(() => rpc.close());

  it('is a table by venue and asset', async () => {
    const { code, stdout } = await ats('inventory', ...where);
    expect(code).toBe(0);
    const cells = stdout.split('\n').map((line) => line.trim().split(/ {2,}/));
    expect(cells).toEqual([
      [
        'asset',
        'venue',
        'available',
        'reserved',
        'USDT',
        'in/h',
        'out/h',
        'empty in',
        'level',
        'fills',
        'trust',
      ],
      ['BTC', 'kraken', '0.31', '0.05', '30,950', '0', '0.25', '72 min', 'low', '40', 'good'],
      ['BTC', 'binance', '12.5', '0.05', '0.25', '0', 'never', 'growing', '40', 'good'],
      ['ETH', 'kraken', '0.31', '0.05', '30,950', '0', '0.25', '72 min', 'low?', '40', 'low'],
      [''],
      ['1 of 3 run dry within 2 h: see ats inventory plan'],
      [''],
    ]);
  });

  it('has options compared, and the recommended one marked', async () => {
    const { code, stdout } = await ats('inventory', 'plan', ...where);
    expect(code).toBe(0);
    expect(stdout).toContain(
      'BTC at kraken: lasts 72 min; 0.31 there, 5.7 wanted; its trades earn 12.00 USDT an hour',
    );
    expect(stdout).toMatch(/^ +wait +5\.7 +0\.00 +273\.60 +never +24\.0 h +no *$/m);
    expect(stdout).toMatch(/^ +reverse arbitrage *$/m);
    expect(stdout).toMatch(
      /^▶ +transfer +5\.7 +binance +19\.41 +0\.36 +0\.00 +45 min +24\.0 h +never +yes *$/m,
    );
    expect(stdout).toContain('reverse arbitrage: The books hold too little.');
    expect(stdout).toContain('transfer: Send 5.7002 BTC from binance to kraken, by hand.');
    expect(stdout).not.toContain('None bring any.');
    expect(stdout).toContain('Nothing is traded or sent.');
    const none = await ats('inventory', 'plan', '--venue', 'binance', ...where);
    expect(none.stdout).toBe('Nothing runs dry.\n');
  });

  it('is whole in JSON, never being null', async () => {
    const { stdout } = await ats('inventory', 'plan', '--json', ...where);
    const { steps, horizonHours } = JSON.parse(stdout);
    expect(horizonHours).toBe(24);
    expect(steps).toMatchObject([{ wanted: '5.7', recommended: 'PLAN_OPTION_KIND_TRANSFER' }]);
    expect(steps[0].options[0]).toMatchObject({ seconds: null, missed: '273.6' });
  });
});
