import { readFileSync } from 'node:fs';
import { contractsRoot } from '@ats/contracts';
import { type Caller, systemClock, systemTimers } from '@ats/runtime';
import protobuf from 'protobufjs';
import {
  HeldStreams,
  openGuard,
  PERMISSIONS,
  ROLE_PERMISSIONS,
  ruleOf,
  serviceCaller,
  TRANSPORT_SERVICES,
  USER_ROLES,
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
  streams: new HeldStreams({ lasts: async () => true, timers: systemTimers, everyMs: 1000 }),
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

/** What methods begin with that change something. */
const CHANGES = [
  ...['Start', 'Stop', 'Pause', 'Resume', 'Submit', 'Cancel', 'Replace', 'Update', 'Put', 'Remove'],
  ...['Execute', 'Emergency', 'Add', 'Reset', 'Decide', 'Rotate', 'Send', 'Confirm', 'Acknowledge'],
];
/** A person's own: of their session, password and authenticator. */
const OWN = ['ConfirmTotp'];

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
      CHANGES.some((verb) => method.startsWith(verb)),
    );
    expect(changing.map(({ method }) => method)).toEqual(OWN);
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

  it('leave what streams both ways to services: nothing there ends with a session', () => {
    const both = services.flatMap((service) =>
      service.methodsArray
        .filter(({ requestStream }) => requestStream)
        .map(({ name }) => ({ service: service.fullName.replace(/^\./, ''), method: name })),
    );
    const ours = both.filter(({ service }) => !TRANSPORT_SERVICES.includes(service));
    expect(ours.length).toBeGreaterThan(0);
    for (const role of USER_ROLES) {
      expect(ours.filter((call) => admits(as(role), call))).toEqual([]);
    }
  });

  it('ask for a fresh code for whatever is dangerous, of every role, and record it', () => {
    const dangerous = ofContracts.filter(
      ({ service, method }) => ruleOf(service, method)?.stepUp === true,
    );
    expect(dangerous.map(({ method }) => method).toSorted()).toEqual([
      ...[
        'AddUser',
        'DecideApproval',
        'PutExchangeKey',
        'ReloadConfig',
        'RemoveExchangeKey',
        'ResetUser',
      ],
      ...['ResumeTrading', 'RotateVaultKey', 'UpdateRiskLimits', 'UpdateUser'],
    ]);
    for (const call of dangerous) {
      expect(ruleOf(call.service, call.method)?.told).toBe(true);
      expect(admits({ ...as('administrator'), steppedUpUntilUs: 0 }, call)).toBe(false);
    }
  });

  it('are those that the documentation shows, role by role', () => {
    const text = readFileSync(new URL('../../../docs/security.md', import.meta.url), 'utf8');
    const rows = PERMISSIONS.map((permission) => {
      const marks = [...USER_ROLES, 'service' as const].map((role) =>
        ROLE_PERMISSIONS[role].has(permission) ? 'yes' : '',
      );
      return `| \`${permission}\` | ${marks.join(' | ')} |`;
    });
    const row = /^\| `[a-z]+\.[a-z]+` \|( (yes|) \|){5}$/;
    const shown = text.split('\n').filter((line) => row.test(line));
    expect(shown).toEqual(rows);
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
