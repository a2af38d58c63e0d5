import { contractsRoot } from '@ats/contracts';
import { type Caller, systemClock } from '@ats/runtime';
import protobuf from 'protobufjs';
import {
  openGuard,
  ROLE_PERMISSIONS,
  ruleOf,
  serviceCaller,
  TRANSPORT_SERVICES,
} from '../src/index.ts';

function servicesIn(namespace: protobuf.NamespaceBase): protobuf.Service[] {
  return namespace.nestedArray.flatMap((child) => {
    if (child instanceof protobuf.Service) return [child];
    return child instanceof protobuf.Namespace ? servicesIn(child) : [];
  });
}

const services = servicesIn(contractsRoot());
const methods = services.flatMap((service) =>
  service.methodsArray.map((method) => {
    return { service: service.fullName.replace(/^\./, ''), method: method.name };
  }),
);
const ofContracts = methods.filter(({ service }) => !TRANSPORT_SERVICES.includes(service));

const guard = openGuard({
  self: 'ats',
  services: new Set(['ats']),
  introspect: () => Promise.reject(new Error('nobody logs in here')),
  clock: systemClock,
  log: { write: () => {} },
});

const as = (role: string, kind: Caller['kind'] = 'user'): Caller => {
  return { ...serviceCaller('test', 'test'), role, kind, steppedUpUntilUs: Infinity };
};

const admits = (caller: Caller, { service, method }: { service: string; method: string }) => {
  try {
    guard.admit({ caller, service, method, correlationId: '', request: undefined });
    return true;
  } catch {
    return false;
  }
};

describe('rules of methods', () => {
  it('are there for every method of every contract, and for nothing else that is served', () => {
    expect(ofContracts.length).toBeGreaterThan(90);
    const without = ofContracts.filter(
      ({ service, method }) => ruleOf(service, method) === undefined,
    );
    expect(without).toEqual([]);
    const others = services.map(({ fullName }) => fullName.replace(/^\./, ''));
    const beside = others.filter((name) => !name.startsWith('ats.'));
    expect(beside.filter((name) => !TRANSPORT_SERVICES.includes(name))).toEqual([]);
  });

  it('deny a method that has none, to everybody', () => {
    const call = { service: 'ats.risk.v1.RiskService', method: 'NewMethod' };
    for (const role of [...Object.keys(ROLE_PERMISSIONS), 'constructor', '']) {
      expect(admits(as(role), call)).toBe(false);
      expect(admits(as(role), { service: 'constructor', method: 'toString' })).toBe(false);
    }
  });

  it('let nobody who only watches change anything', () => {
    const allowed = ofContracts.filter((call) => admits(as('viewer'), call));
    const changing = allowed.filter(({ method }) =>
      /^(Start|Stop|Pause|Submit|Cancel|Replace|Update|Put|Remove|Execute|Emergency|Resume|Add|Reset)/.test(
        method,
      ),
    );
    expect(changing).toEqual([]);
    expect(allowed.map(({ method }) => method)).toContain('GetRiskStatus');
  });

  it('let viewers read backtests, traders run and end them, and nobody else', () => {
    const can = (role: string, kind?: Caller['kind']) =>
      ofContracts
        .filter(({ service }) => service === 'ats.backtest.v1.BacktestService')
        .filter((call) => admits(as(role, kind), call))
        .map(({ method }) => method);
    const read = ['GetBacktest', 'WatchBacktest', 'ListBacktests', 'GetBacktestReport'];
    const more = ['CompareBacktests', 'ExportBacktest', 'ListTapes'];
    const reading = [...read, ...more].toSorted();
    expect(can('viewer').toSorted()).toEqual(reading);
    expect(can('service', 'service').toSorted()).toEqual(reading);
    const all = [...reading, 'CancelBacktest', 'StartBacktest'].toSorted();
    for (const role of ['trader', 'risk-manager', 'administrator']) {
      expect(can(role).toSorted()).toEqual(all);
    }
    expect(can('stranger')).toEqual([]);
  });

  it('let services ask each other, and neither resume nor manage', () => {
    const service = serviceCaller('ats', 'process');
    const risk = 'ats.risk.v1.RiskService';
    expect(admits(service, { service: risk, method: 'CheckOpportunityStream' })).toBe(true);
    expect(admits(service, { service: risk, method: 'ResumeTrading' })).toBe(false);
    const access = 'ats.access.v1.AccessService';
    expect(admits(service, { service: access, method: 'AddUser' })).toBe(false);
    expect(admits(as('administrator'), { service: access, method: 'ReadExchangeKey' })).toBe(false);
  });

  it('ask a person for a fresh code before halts end and limits change', () => {
    const service = 'ats.risk.v1.RiskService';
    const stale = { ...as('risk-manager'), steppedUpUntilUs: 0 };
    for (const method of ['ResumeTrading', 'UpdateRiskLimits']) {
      expect(admits(as('risk-manager'), { service, method })).toBe(true);
      expect(admits(stale, { service, method })).toBe(false);
    }
    expect(admits(stale, { service, method: 'EmergencyHalt' })).toBe(true);
  });
});
