import { contractsRoot } from '@ats/contracts';
import { type Caller, systemClock, systemTimers } from '@ats/runtime';
import protobuf from 'protobufjs';
import {
  type AccessEntry,
  HeldStreams,
  openGuard,
  PERMISSIONS,
  ruleOf,
  serviceCaller,
  TRANSPORT_SERVICES,
} from '../src/index.ts';

const entries: AccessEntry[] = [];
const guard = openGuard({
  ...{ self: 'ats', services: new Set(['ats']), clock: systemClock },
  introspect: () => Promise.reject(new Error('nobody logs in here')),
  log: { write: (entry) => void entries.push(entry) },
  streams: new HeldStreams({ lasts: async () => true, timers: systemTimers, everyMs: 1000 }),
});

const person = (...accounts: string[]): Caller => ({
  ...{ kind: 'user', name: 'ann', role: 'administrator', sessionId: 's', source: '1.2.3.4' },
  ...{ steppedUpUntilUs: Infinity, accounts },
});

function servicesIn(namespace: protobuf.NamespaceBase): protobuf.Service[] {
  return namespace.nestedArray.flatMap((child) => {
    if (child instanceof protobuf.Service) return [child];
    return child instanceof protobuf.Namespace ? servicesIn(child) : [];
  });
}

/** The way to each field of that name within a message. */
function waysTo(name: string, type: protobuf.Type | null, seen: protobuf.Type[] = []): string[][] {
  if (type === null || seen.includes(type)) return [];
  return type.fieldsArray.flatMap((field) => {
    if (field.name === name) return [[field.name]];
    const inner = field.resolve().resolvedType;
    const ways = inner instanceof protobuf.Type ? waysTo(name, inner, [...seen, type]) : [];
    return ways.map((way) => [field.name, ...way]);
  });
}

const methods = servicesIn(contractsRoot())
  .map((service) => ({ service, name: service.fullName.replace(/^\./, '') }))
  .filter(({ name }) => !TRANSPORT_SERVICES.includes(name))
  .flatMap(({ service, name }) =>
    service.methodsArray.map((method) => {
      method.resolve();
      const { resolvedRequestType: request, resolvedResponseType: response } = method;
      return { service: name, method: method.name, request, response };
    }),
  );
/** What people may ask that is about accounts, by how it is held to those of theirs. */
const ofPeople = methods.filter(({ service, method }) => {
  const permission = ruleOf(service, method)?.permission;
  const ofServices = ['risk.check', 'access.check', 'keys.read'];
  return permission !== undefined && !ofServices.includes(permission);
});
const holding = ofPeople.flatMap((call) =>
  waysTo('accountId', call.request).map((way) => ({ ...call, way })),
);

const requestOf = (way: readonly string[], account: string): object =>
  way.reduceRight<unknown>((inner, name) => ({ [name]: inner }), account) as object;

const admits = (caller: Caller, call: { service: string; method: string }, request?: object) => {
  try {
    guard.admit({ ...call, caller, correlationId: '', request });
    return true;
  } catch (thrown) {
    expect(thrown).toMatchObject({ code: 'REQUEST_FORBIDDEN' });
    return false;
  }
};

describe('the accounts of a person', () => {
  beforeEach(() => void entries.splice(0));

  it('are all that requests of theirs may name, of every method that names one', () => {
    expect(holding.length).toBeGreaterThanOrEqual(10);
    for (const { way, ...call } of holding) {
      const name = `${call.service}/${call.method}`;
      const admitted = (who: Caller, account: string) => ({
        name,
        admitted: admits(who, call, requestOf(way, account)),
      });
      const ann = person('main', 'second');
      expect(admitted(ann, 'main')).toEqual({ name, admitted: true });
      expect(admitted(ann, 'second')).toEqual({ name, admitted: true });
      for (const other of ['other', '*', 'main ', 'MAIN', 'constructor']) {
        expect(admitted(ann, other)).toEqual({ name, admitted: false });
      }
      // An empty name is any where the rule says so, and nobody's elsewhere.
      const { accounts } = ruleOf(call.service, call.method) ?? {};
      expect(admitted(ann, '')).toEqual({ name, admitted: accounts === 'own' });
      expect(admitted(person('*'), 'other')).toEqual({ name, admitted: true });
      expect(admitted({ ...person(), kind: 'service', role: 'administrator' }, 'x')).toEqual({
        name,
        admitted: true,
      });
    }
  });

  it('are looked for within messages and lists as well', () => {
    const call = { service: 'ats.ledger.v1.LedgerService', method: 'GetBalances' };
    const nested = { wishes: [{ accountId: 'main' }, { intent: { accountId: 'other' } }] };
    expect(admits(person('main'), call, nested)).toBe(false);
    expect(admits(person('main', 'other'), call, nested)).toBe(true);
  });

  it('are all for what shows or changes what belongs to all', () => {
    const ofAll = ofPeople.filter(
      ({ service, method }) => ruleOf(service, method)?.accounts === 'all',
    );
    expect(ofAll.map(({ method }) => method)).toEqual([
      ...['QueryRecords', 'ConfirmDifference', 'GetVenueState'],
    ]);
    for (const call of ofAll) {
      expect(admits(person('main'), call, {})).toBe(false);
      expect(admits(person('*'), call, {})).toBe(true);
    }
  });

  it('hold every method that tells of an account, here or in its handler', () => {
    const telling = ofPeople.filter(({ response, service, method }) => {
      const accounts = waysTo('accountId', response).length > 0;
      const named = holding.some((one) => one.service === service && one.method === method);
      return accounts && !named && ruleOf(service, method)?.accounts !== 'all';
    });
    // Whoever adds a method to this list says where its handler looks at the account.
    expect(telling.map(({ method }) => method).toSorted()).toEqual(
      [
        // Reports of simulated money: nobody's account.
        'GetBacktestReport',
        // By the order: modules/order-gateway/test/persons.test.ts.
        ...['CancelOrder', 'GetOrder', 'ReplaceOrder'],
        // By the trade: modules/trading-engine/test/trading/trading-rpc.test.ts.
        ...['CancelTrade', 'ExecuteManualTrade', 'ExecuteOpportunity', 'GetPortfolio', 'GetTrade'],
        ...['ListEndedTrades', 'ListTrades', 'StreamExecutions'],
      ].toSorted(),
    );
  });

  it('are in the access log where they were not enough, however the call ends', () => {
    const call = { service: 'ats.order.v1.OrderService', method: 'GetOrder', correlationId: 'c' };
    const request = { orderId: 'o-1' };
    const told = guard.admit({ ...call, caller: person('main'), request });
    told?.({ error: undefined, change: undefined, foreign: false });
    expect(entries).toEqual([]);
    told?.({ error: undefined, change: undefined, foreign: true });
    expect(entries).toMatchObject([
      { actor: 'ann', outcome: 'denied', reason: 'REQUEST_FORBIDDEN', request },
    ]);
    expect(PERMISSIONS).toContain(entries[0]?.action);
    expect(guard.admit({ ...call, caller: serviceCaller('ats', 'x'), request })).toBeUndefined();
  });
});
