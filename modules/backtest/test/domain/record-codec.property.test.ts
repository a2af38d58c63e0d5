import { assetId, Decimal, REASON_CODES, venueId } from '@ats/domain';
import fc from 'fast-check';
import { decodeRecord, encodeRecord } from '../../src/domain/record-codec.ts';
import type { RunRecord } from '../../src/index.ts';
import { START_US, sampleRecord } from '../sample-record.ts';

const decimals = fc
  .tuple(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.integer({ min: 0, max: 20 }))
  .map(([units, scale]) => new Decimal(units, scale));
/** Names of settings are paths of the configuration. */
const paths = fc.stringMatching(/^[a-z][A-Za-z0-9.]{0,20}$/);
const times = fc.integer({ min: 0, max: 2 ** 52 });

const [sampleFill] = sampleRecord({ trades: 1 }).fills;
const [sampleCell] = sampleRecord({ hours: 1 }).opportunities;

const records = fc.record({
  equity: fc.array(fc.record({ timeUs: times, equity: decimals, unhedged: decimals })),
  fills: fc.array(
    fc
      .record({ timeUs: times, quantity: decimals, price: decimals, feeNumeraire: decimals })
      .map((fill) => ({ ...sampleFill, ...fill }) as RunRecord['fills'][number]),
  ),
  opportunities: fc.array(
    fc
      .record({ reason: fc.constantFrom(...REASON_CODES), grossProfit: decimals })
      .map((cell) => ({ ...sampleCell, ...cell }) as RunRecord['opportunities'][number]),
  ),
  balances: fc.array(
    fc.record({
      venue: fc.constant(venueId('kraken')),
      asset: fc.constant(assetId('BTC')),
      start: decimals,
      end: decimals,
    }),
  ),
  warnings: fc.array(fc.string()),
  spec: fc
    .record({ name: fc.string(), settings: fc.dictionary(paths, fc.string()) })
    .map((said) => ({ ...sampleRecord().spec, ...said, settings: { ...said.settings } })),
});

describe('the codec of records', () => {
  it('gives back any record, digit for digit', () => {
    fc.assert(
      fc.property(records, (said) => {
        const record: RunRecord = { ...sampleRecord({ trades: 3, hours: 1 }), ...said };
        expect(decodeRecord(encodeRecord(record))).toEqual(record);
      }),
      { numRuns: 50 },
    );
  });

  it('keeps a fill that belongs to no trade', () => {
    const record = sampleRecord({ trades: 1 });
    const fills = record.fills.map((fill) => ({ ...fill, tradeId: undefined }));
    expect(decodeRecord(encodeRecord({ ...record, fills })).fills[0]?.tradeId).toBeUndefined();
  });

  it.each([
    ['not JSON', (text: string) => text.slice(0, -1), ''],
    [
      'a decimal that is none',
      (text: string) => text.replace('"500000.0000"', '"5e"'),
      'equity.0.equity',
    ],
    [
      'a reason that is none',
      (text: string) => text.replace('BOOK_STALE', 'BOOK_SMELLY'),
      /reason$/,
    ],
    ['a field that nobody knows', (text: string) => text.replace('{', '{"more":1,'), ''],
    ['a trade in no state', (text: string) => text.replace('TRADE_STATE_COMPLETED', 'X'), /trades/],
  ])('names what is wrong with %s', (_what, spoil, field) => {
    const text = encodeRecord(sampleRecord());
    expect(spoil(text) === text).toBe(false);
    let problem: unknown;
    try {
      decodeRecord(spoil(text));
    } catch (thrown) {
      problem = thrown;
    }
    expect(problem).toMatchObject({
      code: 'BACKTEST_RESULT_DAMAGED',
      context: { field: typeof field === 'string' ? field : expect.stringMatching(field) },
    });
  });

  it('refuses a time before the epoch', () => {
    const record = { ...sampleRecord(), fromUs: -START_US };
    expect(() => decodeRecord(encodeRecord(record))).toThrow('fromUs');
  });
});
