import { type AdminServer, ATS_VERSION, openAdminServer, openMetrics } from '@ats/runtime';
import type { HealthView, MeasuresView } from '../src/contract.ts';
import { asVisitor, login, openStage } from './stage.ts';

/** Loopback has many hosts: each stands for a container. */
const RISK = '127.0.0.2';
const OTHER_RISK = '127.0.0.3';
const ENGINE = '127.0.0.4';
const SIMULATOR = '127.0.0.5';

describe('health of services in containers of their own', () => {
  const servers: AdminServer[] = [];
  const serve = async (service: string, host: string, port: number, reasons: string[] = []) => {
    const metrics = openMetrics({ service });
    const named = { name: 'process_start_time_seconds', help: 'When it started.', labels: [] };
    metrics.gauge(named).set({}, Number(host.split('.')[3]));
    const readiness = () => ({ ready: reasons.length === 0, reasons });
    const made = await openAdminServer({
      ...{ service, host, port, readiness },
      metrics: [metrics],
    });
    servers.push(made);
    return Number(new URL(made.url).port);
  };
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.close();
  });

  it('is asked of each at its own host, and who does not answer is not reachable', async () => {
    const risk = await serve('risk-manager', RISK, 0);
    await serve('risk-manager', OTHER_RISK, risk, ['stands by']);
    const simulator = await serve('venue-simulator', SIMULATOR, 0);
    const stage = await openStage([
      ...['mode=sim', 'admin.host=0.0.0.0', `admin.ports.risk-manager=${risk}`],
      `admin.ports.venue-simulator=${simulator}`,
      `admin.hosts.venue-simulator=${SIMULATOR}`,
      `rpc.riskAddress=${RISK}:50051,${OTHER_RISK}:50051`,
      `rpc.engineAddress=${ENGINE}:50052`,
    ]);
    try {
      const headers = asVisitor(await login(stage));
      const read = async (path: string) => (await fetch(`${stage.url}${path}`, { headers })).json();
      const { services } = (await read('/api/health')) as HealthView;
      const of = (name: string) => services.find((one) => one.name === name);
      const version = ATS_VERSION;
      expect(of(`risk-manager ${RISK}`)).toMatchObject({ state: 'ready', version, reasons: [] });
      expect(of(`risk-manager ${OTHER_RISK}`)).toMatchObject({
        ...{ state: 'not-ready', version, reasons: ['stands by'] },
      });
      expect(of('venue-simulator')).toMatchObject({ state: 'ready', version });
      expect(of('trading-engine')).toEqual({
        ...{ name: 'trading-engine', state: 'not-reachable', version: '' },
        reasons: [`nothing answers at http://${ENGINE}:9102`],
      });
      const { processes } = (await read('/api/measures')) as MeasuresView;
      expect(processes.map(({ services }) => services)).toEqual([
        ...[['venue-simulator'], ['risk-manager'], ['risk-manager']],
      ]);
    } finally {
      await stage.close();
    }
  });

  it('is asked at the port that it was given, where any would do', async () => {
    const admin = new Map<string, string>();
    const stage = await openStage(
      ['mode=sim', 'admin.ports.risk-manager=0', 'admin.ports.trading-engine=0'],
      admin,
    );
    try {
      // It starts after the dashboard.
      admin.set('risk-manager', `http://${RISK}:${await serve('risk-manager', RISK, 0)}`);
      const headers = asVisitor(await login(stage));
      const answer = await fetch(`${stage.url}/api/health`, { headers });
      const { services } = (await answer.json()) as HealthView;
      const of = (name: string) => services.find((one) => one.name === name);
      expect(of('risk-manager')).toMatchObject({ state: 'ready' });
      expect(of('trading-engine')).toMatchObject({
        state: 'not-reachable',
        reasons: ['it has no fixed port: its port is 0 in admin.ports'],
      });
    } finally {
      await stage.close();
    }
  });
});
