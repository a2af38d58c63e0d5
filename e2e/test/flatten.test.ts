import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { ats, FREE_PORTS, ownData, type RunningAts, startAts } from '../src/ats.ts';

const SAID = ['--actor', 'ann', '--reason', 'a drill'];
/** More than any venue of the simulator takes at least, in every base. */
const DUST_USD = 15;

const folder = mkdtempSync(join(tmpdir(), 'ats-e2e-flatten-'));
let running: RunningAts;

const orderBody = z.looseObject({
  order: z.looseObject({ orderId: z.string(), status: z.string() }).optional(),
  error: z.looseObject({ code: z.string(), facts: z.record(z.string(), z.string()) }).optional(),
});
const position = z.looseObject({ venue: z.string(), quantity: z.string(), mark: z.string() });
const positionsBody = z.looseObject({ ok: z.boolean(), positions: z.array(position) });

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Asks until there is an answer. */
async function until<Answer>(what: string, ask: () => Promise<Answer | undefined>) {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await pause(200);
  }
  throw new Error(`${what} did not come true: ${running.stdout().slice(-4000)}`);
}

/** What a line of the log says of an event's field. */
const said = (event: string, field: string) =>
  new RegExp(`"${event}".*?"${field}":"([^"]+)"`).exec(running.stdout())?.[1];

async function order(method: string, path: string, body?: object) {
  const token = readFileSync(join(folder, 'gateway-token'), 'utf8').trim();
  const response = await fetch(`${said('gateway.serving', 'url')}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, ...orderBody.parse(await response.json()) };
}

const buy = (requestId: string, terms: object) =>
  order('POST', '/orders', { requestId, side: 'buy', quantity: '0.01', ...terms });

/** Runs a command against the system that runs. */
const command = (...args: string[]) =>
  ats([
    ...args,
    ...['--set', `rpc.riskAddress=${said('risk.serving', 'address')}`],
    ...['--set', `security.folder=${folder}/security`],
  ]);

/** What positions are worth at their marks, whichever way they are. */
async function openUsd(): Promise<number> {
  const { stdout } = await command('positions', '--json');
  const { positions } = positionsBody.parse(JSON.parse(stdout));
  // Quotes of other money than dollars are larger by far: nothing is overlooked.
  const worth = positions.map(({ quantity, mark }) => Math.abs(Number(quantity) * Number(mark)));
  return Math.max(0, ...worth);
}

describe('a person flattens everything', () => {
  beforeAll(async () => {
    running = startAts([
      ...['up', '--seed', '5', '--plain', '--set', 'venues.upbit.enabled=false'],
      ...FREE_PORTS,
      ...ownData(folder),
    ]);
    await until('a gateway', async () => said('gateway.serving', 'url'));
    const market = { venue: 'binance', instrument: 'BTC/USDT', type: 'market' };
    // Reconciliation opens the venues once it has seen them agree with the ledger.
    await until('an order', async () =>
      (await buy('held', market)).status === 201 ? 1 : undefined,
    );
  }, 180_000);

  afterAll(async () => {
    running.signal('SIGINT');
    await running.outcome;
  });

  test('orders are cancelled, positions closed, nothing taken until a resume', async () => {
    const terms = { venue: 'kraken', instrument: 'BTC/USD', limitPrice: '50000.0' };
    const { order: resting } = await buy('resting', terms);
    const path = `/orders/${resting?.orderId}`;
    const held = await until('a position', async () => {
      const open = await openUsd();
      return open > DUST_USD ? open : undefined;
    });
    expect(held).toBeGreaterThan(DUST_USD);

    expect(await command('halt', '--mode', 'flatten', ...SAID)).toMatchObject({ code: 2 });
    const halted = await command('halt', '--mode', 'flatten', '--yes', ...SAID);
    expect(halted).toMatchObject({ code: 0, stdout: expect.stringContaining('FLATTENED by ann') });
    await until('everything to be closed', async () => said('flatten.flat', 'msg'));
    expect(said('flatten.flat', 'msg')).toMatch(/^Everything is closed;.*cost -?[0-9.]+ USDT/);
    expect(await openUsd()).toBeLessThan(DUST_USD);
    expect((await order('GET', path)).order?.status).toBe('CANCELED');
    const refused = await buy('refused', terms);
    expect(refused).toMatchObject({
      status: 503,
      error: { code: 'ORDER_GATE_CLOSED', facts: { mode: 'flatten' } },
    });

    expect(await command('resume', ...SAID)).toMatchObject({ code: 0 });
    await until('an order', async () =>
      (await buy('again', terms)).status === 201 ? 1 : undefined,
    );
  }, 300_000);
});
