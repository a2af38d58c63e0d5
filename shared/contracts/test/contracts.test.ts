import { contractsRoot, RISK_SERVICE, wireCodec } from '../src/index.ts';

describe('the contracts', () => {
  it('load from where the package stands', () => {
    const service = contractsRoot().lookupService(RISK_SERVICE.fullName);
    expect(service.methodsArray.map((method) => method.name)).toContain('CheckOpportunityStream');
  });

  it('reads an empty message with every field set', () => {
    expect(wireCodec('ats.risk.v1.GetRiskStatusResponse').decode(new Uint8Array())).toEqual({
      halted: false,
      haltReason: '',
      haltedBy: '',
      haltedAtUs: 0,
      decisions: [],
      rateAvailable: 0,
      resumeActors: [],
      resumePersons: 0,
      mode: 'HALT_MODE_UNSPECIFIED',
      changes: [],
    });
  });

  it('says which message bytes are not', () => {
    const codec = wireCodec('ats.order.v1.OrderEvent');
    expect(() => codec.decode(Uint8Array.of(255))).toThrow(/ats\.order\.v1\.OrderEvent/);
  });
});
