import { Decimal } from '@ats/domain';
import { compareState, type RebuiltItem } from '@ats/orders';

const balance = (venue: string, available: string): RebuiltItem => ({
  key: { table: 'balances', partition: 'main', sort: `${venue}/USD` },
  attributes: { available: Decimal.parse(available), reserved: Decimal.ZERO },
});
const halt: RebuiltItem = {
  key: { table: 'risk', partition: 'halt', sort: 'switch' },
  attributes: { state: '{}' },
};
const of = (rebuilt: readonly RebuiltItem[], stored: readonly RebuiltItem[]) =>
  compareState({ rebuilt, stored: stored as never }).find(({ name }) => name === 'balances');

describe('what the log makes, held against what is stored', () => {
  it('is equal however a number is written', () => {
    const found = of([balance('kraken', '1.50')], [balance('kraken', '1.5'), halt]);
    expect(found).toMatchObject({ verdict: 'equal', rebuilt: 1, stored: 1 });
  });

  it.each([
    ['another value', [balance('kraken', '1')], 'the log makes'],
    ['nothing', [], 'only in the log'],
    ['one more', [balance('kraken', '2'), balance('upbit', '1')], 'only in the state'],
  ])('differs where the state has %s', (_what, stored, words) => {
    const found = of([balance('kraken', '2')], stored);
    expect(found).toMatchObject({ verdict: 'differs' });
    expect(found?.differences).toEqual([expect.stringContaining(words)]);
  });

  it('says of what it cannot make why', () => {
    const findings = compareState({ rebuilt: [], stored: [halt as never] });
    const risk = findings.find(({ name }) => name === 'risk');
    expect(risk).toMatchObject({ verdict: 'not-rebuilt', stored: 1, why: expect.any(String) });
  });
});
