import { mkdtempSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import { z } from 'zod';
import {
  archiveOf,
  ats,
  FREE_PORTS,
  type Outcome,
  ownData,
  PROFILE,
  type RunningAts,
  startAts,
} from '../src/ats.ts';

const POLL_MS = 200;
/** Limits that halt by default. */
const others = [
  ...['netExposure', 'lossPerDay', 'lossPerWeek', 'lossPerMonth'],
  ...['valueAtRisk', 'expectedShortfall', 'unhedgedPerDay'],
];
const folder = mkdtempSync(join(tmpdir(), 'ats-e2e-risk-'));

/** What a webhook is told: only what is looked at here. */
const toldBody = z.looseObject({
  alerts: z.array(z.looseObject({ key: z.string(), state: z.string(), severity: z.string() })),
});

const position = z.looseObject({
  venue: z.string(),
  instrument: z.string(),
  quantity: z.string(),
  mark: z.string(),
});

interface Told {
  readonly person: string;
  readonly key: string;
  readonly state: string;
  readonly severity: string;
}

const told: Told[] = [];
const mails: ParsedMail[] = [];

/** Takes what notification posts; the path names the person. */
const hook = createServer(async (request, response) => {
  const { alerts } = toldBody.parse(JSON.parse(await text(request)));
  const person = request.url ?? '';
  told.push(...alerts.map(({ key, state, severity }) => ({ person, key, state, severity })));
  response.end();
});

const mailbox = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS'],
  onData(stream, _session, done) {
    simpleParser(stream).then((mail) => {
      mails.push(mail);
      done();
    }, done);
  },
});

const portOf = (server: Server | SMTPServer['server']): number =>
  (server.address() as AddressInfo).port;

/** Asks until there is an answer; fails with what was seen last. */
async function until<Answer>(
  what: string,
  ask: () => Answer | undefined | Promise<Answer | undefined>,
): Promise<Answer> {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error(`${what} did not come; told: ${JSON.stringify(told)}`);
}

describe('the price of a venue crashes', () => {
  let running: RunningAts;
  let settings: readonly string[] = [];
  const reached = { gateway: '', simulator: '', risk: '', notification: '' };

  /** A command of a person against the services that run. */
  const command = (...args: readonly string[]): Promise<Outcome> => ats([...args, ...settings]);

  async function done(...args: readonly string[]): Promise<Outcome> {
    const outcome = await command(...args);
    if (outcome.code !== 0) throw new Error(`ats ${args.join(' ')}: ${outcome.stderr}`);
    return outcome;
  }

  const fault = (body: object): Promise<Response> =>
    fetch(`${reached.simulator}/admin/faults`, { method: 'POST', body: JSON.stringify(body) });

  async function order(requestId: string): Promise<{ status: number; code: string }> {
    const token = readFileSync(join(folder, 'gateway-token'), 'utf8').trim();
    const response = await fetch(`${reached.gateway}/orders`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        ...{ requestId, venue: 'binance', instrument: 'BTC/USDT', side: 'buy' },
        ...{ quantity: '0.001', limitPrice: '94000.00' },
      }),
    });
    const body = z
      .looseObject({ error: z.looseObject({ code: z.string() }).optional() })
      .parse(await response.json());
    return { status: response.status, code: body.error?.code ?? '' };
  }

  const toldOf = (key: string, state: string): readonly Told[] =>
    told.filter((one) => one.key === key && one.state.startsWith(state));

  let ended: Promise<Outcome> | undefined;
  /** Drains, once. */
  const end = (): Promise<Outcome> => {
    if (ended === undefined) running.signal('SIGINT');
    ended ??= running.outcome;
    return ended;
  };

  beforeAll(async () => {
    await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
    await new Promise<void>((resolve) => mailbox.listen(0, '127.0.0.1', () => resolve()));
    const channels = {
      hook: { kind: 'webhook', secret: 'a-secret-of-the-test' },
      email: {
        ...{ kind: 'email', host: '127.0.0.1', port: portOf(mailbox.server) },
        ...{ security: 'none', from: 'ATS <ats@ats.example>' },
      },
    };
    running = startAts([
      ...['up', '--seed', '11', '--plain'],
      ...['--set', `notification.channels=${JSON.stringify(channels)}`],
      // One limit is looked at: what else a crash passes would halt before it.
      ...others.flatMap((name) => ['--set', `risk.limits.${name}.onBreach=refuse`]),
      ...FREE_PORTS,
      ...ownData(folder),
    ]);
    const addressIn = (event: string, field: string): string | undefined =>
      new RegExp(`"${event}".*?"${field}":"([^"]+)"`).exec(running.stdout())?.[1];
    reached.gateway = await until('the gateway', () => addressIn('gateway.serving', 'url'));
    reached.risk = await until('risk', () => addressIn('risk.serving', 'address'));
    reached.simulator = await until('the simulator', () =>
      addressIn('simulator.ready', 'adminUrl'),
    );
    reached.notification = await until('notification', () =>
      addressIn('notification.serving', 'address'),
    );
    settings = [
      ...['--set', `rpc.riskAddress=${reached.risk}`],
      ...['--set', `rpc.notificationAddress=${reached.notification}`],
      ...['--set', `killSwitchFile=${folder}/kill-switch`],
      ...['--set', `security.folder=${folder}/security`],
    ];
  }, 90_000);

  afterAll(async () => {
    await end();
    hook.closeAllConnections();
    await new Promise((resolve) => hook.close(resolve));
    await new Promise<void>((resolve) => mailbox.close(() => resolve()));
  });

  /** Through the servers all takes longer: what has ended may begin again, and is told anew. */
  function expectToldOnce(): void {
    const once = new Set(told.map((one) => JSON.stringify(one)));
    if (PROFILE === 'embedded') expect(told).toHaveLength(once.size);
    for (const [at, one] of told.entries()) {
      const before = told
        .slice(0, at)
        .findLast(({ key: about, person }) => about === one.key && person === one.person);
      expect(before?.state).not.toBe(one.state);
    }
  }

  test('the limit warns, then halts, people are told once, and a person resumes', async () => {
    for (const person of ['ann', 'ben']) {
      const url = `http://127.0.0.1:${portOf(hook)}/${person}`;
      const mail = person === 'ann' ? ['--address', 'email=ann@ats.example'] : [];
      const named = ['put', person, '--name', person, '--address', `hook=${url}`, ...mail];
      await done('notify', 'people', ...named);
      await done('notify', 'rules', 'put', '--person', person, '--channel', 'hook');
    }
    await done(
      ...['notify', 'rules', 'put', '--person', 'ann', '--channel', 'email'],
      ...['--severity', 'critical'],
    );

    const held = await until('a position that is long', async () => {
      const { stdout } = await command('positions', '--json');
      const { positions } = z
        .looseObject({ positions: z.array(position) })
        .parse(JSON.parse(stdout));
      return positions
        .map((one) => ({ ...one, worth: Number(one.quantity) * Number(one.mark) }))
        .filter(({ worth, instrument }) => worth > 1000 && /USDT?$/.test(instrument))
        .toSorted((a, b) => b.worth - a.worth)[0];
    });
    await done(
      ...['limits', 'set', 'drawdown', '--on-breach', 'halted'],
      ...['--warn', String(Math.round(held.worth * 0.04))],
      ...['--max', String(Math.round(held.worth * 0.2))],
      ...['--reason', 'the test', '--actor', 'ann'],
    );

    const shock = {
      ...{ kind: 'price-shock', venue: held.venue, durationMs: 0 },
      asset: held.instrument.slice(0, held.instrument.indexOf('/')),
    };
    const key = 'risk.limit:drawdown';
    await fault({ ...shock, amountBps: -1000 });
    await until('the warning', () => (toldOf(key, 'raised').length === 2 ? true : undefined));
    expect(toldOf(key, 'raised').map(({ severity }) => severity)).toEqual(['warning', 'warning']);
    expect(toldOf('risk.halted', 'raised')).toEqual([]);

    await fault({ ...shock, amountBps: -5000 });
    await until('the halt', () =>
      toldOf('risk.halted', 'raised').length === 2 ? true : undefined,
    );
    await until('the refusal', async () => {
      const { status, code } = await order(`halted-${told.length}-${mails.length}`);
      return status === 503 && code === 'ORDER_GATE_CLOSED' ? true : undefined;
    });
    await until('the mail', () => mails.find(({ text: body }) => body?.includes('halted')));

    await fetch(`${reached.simulator}/admin/faults`, { method: 'DELETE' });
    await until('the recovery', () => (toldOf(key, 'recovered').length === 2 ? true : undefined));
    await done('resume', '--reason', 'the price is back', '--actor', 'ann');
    let tried = 0;
    await until('an order that is taken', async () => {
      tried += 1;
      const { status } = await order(`resumed-${tried}`);
      return status === 201 ? true : undefined;
    });
    await until('the end of the halt', () =>
      toldOf('risk.halted', 'recovered').length === 2 ? true : undefined,
    );

    expectToldOnce();
  }, 360_000);

  test('all of it is in the audit trail', async () => {
    const { stdout: log } = await end();
    const summary = z
      .looseObject({ invariants: z.looseObject({ ok: z.boolean() }) })
      .parse(JSON.parse(log.trimEnd().split('\n').at(-1) ?? ''));
    expect(summary.invariants).toEqual({ ok: true, violations: [] });
    const archive = ['--archive', archiveOf(folder)];
    expect(await ats(['audit', 'verify', ...archive])).toMatchObject({ code: 0 });
    const sql = 'SELECT condition, severity, resolved_at FROM alerts';
    const { stdout } = await ats(['audit', 'query', sql, '--json', ...archive]);
    const rows = z
      .array(z.looseObject({ condition: z.string(), severity: z.string() }))
      .parse(JSON.parse(stdout));
    const keys = rows.map(({ condition, severity }) => `${condition} ${severity}`);
    expect(keys).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^risk\.limit-changed:drawdown/),
        'risk.limit:drawdown WARNING',
        expect.stringMatching(/^risk\.limit:drawdown (CRITICAL|EMERGENCY)/),
        expect.stringMatching(/^risk\.halted /),
      ]),
    );
  }, 120_000);
});
