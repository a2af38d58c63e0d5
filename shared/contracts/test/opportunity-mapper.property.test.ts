import { Decimal, type Opportunity, REASON_CODES } from '@ats/domain';
import fc from 'fast-check';
import {
  contractsRoot,
  opportunityFromWire,
  opportunityMessage,
  opportunityRecordFromWire,
  opportunityRecordToWire,
  opportunityToWire,
  reasonFromWire,
  reasonToWire,
  riskDecisionFromWire,
  riskDecisionToWire,
  wireCodec,
} from '../src/index.ts';
import { decisions, opportunities, records } from './arbitraries.ts';

const OPPORTUNITIES = wireCodec('ats.opportunity.v1.Opportunity');
const DECISIONS = wireCodec('ats.opportunity.v1.RiskDecision');
const RECORDS = wireCodec('ats.opportunity.v1.OpportunityRecord');

const [sample] = fc.sample(opportunities, { numRuns: 1, seed: 1 }) as [Opportunity];

describe('opportunities on the wire', () => {
  it('reads back every opportunity from its bytes', () => {
    fc.assert(
      fc.property(opportunities, (opportunity) => {
        const bytes = OPPORTUNITIES.encode(opportunityToWire(opportunity));
        expect(opportunityFromWire(OPPORTUNITIES.decode(bytes))).toEqual(opportunity);
      }),
    );
  });

  it('reads back every opportunity from its message without bytes between', () => {
    fc.assert(
      fc.property(opportunities, (opportunity) => {
        expect(opportunityFromWire(opportunityToWire(opportunity))).toEqual(opportunity);
      }),
    );
  });

  it('prints the same bytes from a message that prints when it is read', () => {
    fc.assert(
      fc.property(opportunities, (opportunity) => {
        const printed = OPPORTUNITIES.encode(opportunityToWire(opportunity));
        expect(OPPORTUNITIES.encode(opportunityMessage(opportunity))).toEqual(printed);
      }),
    );
  });

  it('takes back, or refuses with the same words, what such a message was made of', () => {
    const outcomeOf = (read: () => Opportunity): unknown => {
      try {
        return { ...read() };
      } catch (error) {
        return (error as Error).message;
      }
    };
    const name = fc.constantFrom('', 'x');
    const count = fc.constantFrom(0, 0.5, Number.NaN, 2 ** 60, 7);
    const figure = fc
      .tuple(fc.bigInt({ min: -(10n ** 66n), max: 10n ** 66n }), fc.integer({ min: 0, max: 40 }))
      .map(([units, scale]) => new Decimal(units, scale));
    const leg = fc.record({ venue: name, notional: figure, fee: figure, levels: count });
    const broken = fc.record(
      { id: name, base: name, buy: leg, sell: leg, quantity: figure, netProfit: figure },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(opportunities, broken, (sound, changes) => {
        const buy = { ...sound.buy, ...changes.buy };
        const sell = { ...sound.sell, ...changes.sell };
        const asked = { ...sound, ...changes, buy, sell } as Opportunity;
        const taken = outcomeOf(() => opportunityFromWire(opportunityMessage(asked)));
        expect(taken).toEqual(outcomeOf(() => opportunityFromWire(opportunityToWire(asked))));
      }),
      { numRuns: 500 },
    );
  });

  it('reads back every decision', () => {
    fc.assert(
      fc.property(decisions, (decision) => {
        const bytes = DECISIONS.encode(riskDecisionToWire(decision));
        expect(riskDecisionFromWire(DECISIONS.decode(bytes))).toEqual(decision);
      }),
    );
  });

  it('reads back every line of the opportunity ledger', () => {
    fc.assert(
      fc.property(records, (record) => {
        const bytes = RECORDS.encode(opportunityRecordToWire(record));
        expect(opportunityRecordFromWire(RECORDS.decode(bytes))).toEqual(record);
      }),
    );
  });

  it('has one wire value for each reason code and no other', () => {
    const { values } = contractsRoot().lookupEnum('ats.opportunity.v1.ReasonCode');
    const expected = ['REASON_CODE_UNSPECIFIED', ...REASON_CODES.map(reasonToWire)];
    expect(Object.keys(values).sort()).toEqual(expected.sort());
    for (const code of REASON_CODES) expect(reasonFromWire(reasonToWire(code))).toBe(code);
  });

  it.each([
    ['buy', { buy: null }],
    ['id', { id: '' }],
    ['quantity', { quantity: 'much' }],
    ['net_profit', { netProfit: '' }],
    ['gross_profit', { grossProfit: '9'.repeat(100) }],
    ['fees', { fees: '1e-80' }],
    ['decided_at_us', { decidedAtUs: 0.5 }],
  ])('names the field when %s cannot be read', (field, change) => {
    const wire = { ...opportunityToWire(sample), ...change };
    expect(() => opportunityFromWire(wire)).toThrow(
      expect.objectContaining({
        code: 'MESSAGE_MALFORMED',
        context: expect.objectContaining({ field }),
      }),
    );
  });

  it('takes an unspecified verdict for no decision at all', () => {
    const bytes = DECISIONS.encode({ ...DECISIONS.decode(new Uint8Array()), opportunityId: 'x' });
    expect(() => riskDecisionFromWire(DECISIONS.decode(bytes))).toThrow(/verdict/);
  });
});
