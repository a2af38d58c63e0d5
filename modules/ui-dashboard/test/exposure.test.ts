import { ruleOf } from '@ats/security';
import { exposureOf } from '../src/app/exposure.ts';
import { exposedMethod } from '../src/app/methods.ts';
import { LATEST_PLANS } from '../src/app/stream/latest-source.ts';
import { LATEST_METHODS } from '../src/contract.ts';
import { wireServices } from './wire-services.ts';

describe('what a browser may reach', () => {
  it('is decided for every method of every contract, and each has a rule of access', () => {
    const undecided = wireServices().filter(
      ({ service, method }) => exposureOf(service, method) === undefined,
    );
    expect(undecided).toEqual([]);
    const unruled = wireServices().filter(
      ({ service, method }) => ruleOf(service, method) === undefined,
    );
    expect(unruled).toEqual([]);
  });

  it('streams what streams, calls what answers once, and no stream of requests', () => {
    for (const { service, method, shape } of wireServices()) {
      const exposure = exposureOf(service, method);
      if (exposure === 'withheld') continue;
      expect([service, method, exposure]).toEqual([service, method, shape]);
    }
  });

  it('withholds every method that only services may use', () => {
    const open = wireServices().filter(({ service, method }) => {
      const permission = ruleOf(service, method)?.permission ?? '';
      const ofServices = ['risk.check', 'access.check', 'keys.read'].includes(permission);
      return ofServices && exposureOf(service, method) !== 'withheld';
    });
    expect(open).toEqual([]);
  });

  it('is nothing else, whatever the name', () => {
    for (const name of [
      '',
      '/',
      'a/b',
      'toString/call',
      '__proto__/x',
      'ats.risk.v1.RiskService/',
    ]) {
      expect(() => exposedMethod(name, 'call')).toThrow(/not served/);
    }
  });

  it('tells the web app of the same latest values as the server has', () => {
    expect(Object.keys(LATEST_PLANS).sort()).toEqual(Object.keys(LATEST_METHODS).sort());
  });
});
