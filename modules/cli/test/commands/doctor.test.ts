import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, SERVICE_NAMES } from '@ats/runtime';
import { selfSigned } from '@ats/testkit';
import { jest } from '@jest/globals';
import { ats } from '../ats.ts';

jest.setTimeout(120_000);

const folder = mkdtempSync(join(tmpdir(), 'ats-doctor-'));
const ADDRESSES = [
  ...['risk', 'engine', 'order', 'ledger', 'venue', 'audit', 'notification', 'backtest', 'access'],
  'marketData',
];
const base = [
  ...SERVICE_NAMES.map((name) => `admin.ports.${name}=0`),
  ...ADDRESSES.map((name) => `rpc.${name}Address=127.0.0.1:0`),
  ...['gateway.port=0', 'dashboard.port=0', `security.folder=${folder}/security`],
];

interface Finding {
  readonly check: string;
  readonly state: string;
  readonly detail: string;
  readonly remedy?: string;
}

async function doctor(...settings: string[]) {
  const flags = [...base, ...settings].flatMap((one) => ['--set', one]);
  const { code, stdout } = await ats('doctor', '--json', ...flags);
  const { findings } = JSON.parse(stdout) as { findings: Finding[] };
  const of = (check: string) => findings.filter((one) => one.check === check);
  return { code, findings, of };
}

describe('ats doctor', () => {
  it('finds nothing in the way of a simulated run', async () => {
    const { code, findings, of } = await doctor();
    expect(findings.filter(({ state }) => state === 'problem')).toEqual([]);
    expect(code).toBe(0);
    expect(of('clock')[0]?.detail).toContain('nothing to compare');
    expect(of('keys')[0]?.detail).toContain('no venue is traded on with keys');
  });

  it('names what would stop trading, each with a remedy, and ends with 1', async () => {
    mkdirSync(`${folder}/security/vault`, { recursive: true });
    writeFileSync(`${folder}/security/vault/people.sealed`, 'sealed');
    writeFileSync(`${folder}/no-certificate.pem`, 'not one');
    const { code, findings, of } = await doctor(
      'bus.url=redis://127.0.0.1:1',
      'tickStore.url=influxdb://127.0.0.1:1/ats/ticks',
      `dashboard.tls.certificateFile=${folder}/no-certificate.pem`,
      `dashboard.tls.keyFile=${folder}/no-certificate.pem`,
    );
    expect(code).toBe(1);
    const state = (check: string) => of(check)[0]?.state;
    expect([state('bus.url'), state('tickStore.url')]).toEqual(['problem', 'problem']);
    expect([state('certificates'), state('master key')]).toEqual(['problem', 'problem']);
    expect(findings.every((one) => one.state === 'ok' || one.remedy)).toBe(true);
  });

  it('compares the clock with venues, and refuses demo keys for real money', async () => {
    const venue = createServer((_, response) => {
      // A minute behind, of whole seconds as headers are.
      response.writeHead(200, { date: new Date(Date.now() - 60_000).toUTCString() }).end();
    });
    await new Promise<void>((done) => venue.listen(0, '127.0.0.1', done));
    const { port } = venue.address() as AddressInfo;
    const others = ['kraken', 'coinbase', 'upbit', 'bitfinex'];
    const { code, of } = await doctor(
      'mode=live',
      `venues.binance.rest=["http://127.0.0.1:${port}"]`,
      ...others.map((name) => `venues.${name}.enabled=false`),
    );
    venue.close();
    expect(code).toBe(1);
    expect(of('clock')).toMatchObject([
      {
        state: 'problem',
        detail: expect.stringMatching(/binance: this clock is \d{5} ms ahead/),
      },
    ]);
    expect(of('keys')).toMatchObject([
      { state: 'problem', detail: expect.stringContaining('demo key') },
    ]);
  });

  it('says how long a certificate is good', async () => {
    const { certificate, key } = selfSigned();
    writeFileSync(`${folder}/good.pem`, certificate);
    writeFileSync(`${folder}/good.key`, key);
    const { of } = await doctor(
      `dashboard.tls.certificateFile=${folder}/good.pem`,
      `dashboard.tls.keyFile=${folder}/good.key`,
    );
    expect(of('certificates')[0]?.detail).toMatch(/is good until|days/);
  });

  it('reads each address of a list: one that can be had is enough', async () => {
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as AddressInfo;
    const list = (free: string) => `rpc.riskAddress=127.0.0.1:${port},${free}`;
    const free = await freePort();
    const portsOf = ({ findings }: Awaited<ReturnType<typeof doctor>>) =>
      findings
        .filter(({ check }) => check.startsWith('port'))
        .map(({ state, detail }) => `${state}: ${detail}`);
    expect(portsOf(await doctor(list(`127.0.0.1:${free}`)))).toEqual([
      expect.stringMatching(/^ok: all \d+ are free$/),
    ]);
    const taken = `127.0.0.1:${port} (EADDRINUSE), 192.0.2.1:${free} (EADDRNOTAVAIL)`;
    expect(portsOf(await doctor(list(`192.0.2.1:${free}`)))).toEqual([
      `problem: rpc.riskAddress: cannot be used: ${taken}`,
    ]);
    server.close();
  });
});
