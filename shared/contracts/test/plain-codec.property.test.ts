import fc from 'fast-check';
import protobuf from 'protobufjs';
import { contractsRoot, orderEventToWire, type WireMessages, wireCodec } from '../src/index.ts';
import { plainCodec } from '../src/plain-codec.ts';
import { events } from './order-arbitraries.ts';

const COMPLETE: protobuf.IConversionOptions = {
  longs: Number,
  enums: String,
  defaults: true,
  arrays: true,
  objects: true,
  oneofs: true,
};

/** The way of protobufjs alone, which says what is right. */
const plainly = (type: protobuf.Type) => ({
  encode: (message: object) => type.encode(type.fromObject(message)).finish(),
  decode: (bytes: Uint8Array): object => type.toObject(type.decode(bytes), COMPLETE),
});

const texts = fc.oneof(
  fc.constantFrom('', 'BTC/USDT', '0.01532', 'trd-01JD9Z7Q8XW3K', 'x'.repeat(300)),
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }),
);
const wholes = fc.oneof(fc.nat(), fc.integer({ min: 0, max: 2 ** 53 - 1 }), fc.integer());

function anyOf(field: protobuf.Field): fc.Arbitrary<unknown> {
  const { type, resolvedType } = field.resolve();
  if (resolvedType instanceof protobuf.Type) return messageOf(resolvedType);
  if (resolvedType instanceof protobuf.Enum) {
    return fc.constantFrom(...Object.keys(resolvedType.values));
  }
  if (type === 'string') return texts;
  if (type === 'bool') return fc.boolean();
  if (type === 'bytes') return fc.uint8Array({ maxLength: 20 });
  if (type === 'double') return fc.double();
  return type === 'int64' ? wholes : fc.integer();
}

/** Messages of a type with any of its fields, some of them null. */
function messageOf(type: protobuf.Type): fc.Arbitrary<object> {
  const fields = type.fieldsArray.map((field): [string, fc.Arbitrary<unknown>] => {
    const value = anyOf(field);
    if (field.map) return [field.name, fc.dictionary(texts, value, { maxKeys: 3 })];
    if (field.repeated) return [field.name, fc.array(value, { maxLength: 3 })];
    return [field.name, fc.option(value, { nil: null, freq: 5 })];
  });
  return fc.record(Object.fromEntries(fields), { requiredKeys: [] });
}

const ORDER_PATH = [
  'ats.order.v1.OrderEvent',
  'ats.order.v1.OrderCommand',
  'ats.execution.v1.ExecutionReport',
  'ats.ledger.v1.LedgerEntry',
] as const satisfies readonly (keyof WireMessages)[];
const RISK_PATH = [
  'ats.risk.v1.CheckOpportunityStreamRequest',
  'ats.risk.v1.CheckOpportunityStreamResponse',
] as const satisfies readonly (keyof WireMessages)[];
const OTHERS = [
  'ats.order.v1.SubmitOrdersRequest',
  'ats.opportunity.v1.OpportunityRecord',
  'ats.alert.v1.Alert',
  'ats.audit.v1.AuditRecord',
  'ats.marketdata.v1.MarketEvent',
] as const satisfies readonly (keyof WireMessages)[];

function outcome(read: () => object): string {
  try {
    return JSON.stringify(read());
  } catch {
    return 'refused';
  }
}

describe.each([...ORDER_PATH, ...RISK_PATH, ...OTHERS])('the codec of %s', (fullName) => {
  const type = contractsRoot().lookupType(fullName);
  const right = plainly(type);
  const codec = wireCodec(fullName);
  const encode = (message: object): Uint8Array => codec.encode(message as never);

  it('writes the bytes and reads the messages of protobufjs', () => {
    fc.assert(
      fc.property(messageOf(type), (message) => {
        const bytes = encode(message);
        expect(bytes).toEqual(right.encode(message));
        const whole = right.decode(bytes);
        expect(codec.decode(bytes)).toEqual(whole);
        expect(encode(codec.decode(bytes))).toEqual(right.encode(whole));
        // The order of fields too: it is that of the JSON which others read.
        const array = new Uint8Array(bytes);
        expect(JSON.stringify(codec.decode(array))).toBe(JSON.stringify(right.decode(array)));
      }),
    );
  });

  it('reads bytes that were changed on the way, or refuses them, as protobufjs does', () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), {
      maxLength: 3,
    });
    fc.assert(
      fc.property(messageOf(type), changes, fc.nat(), (message, changed, cut) => {
        const bytes = Buffer.from(encode(message));
        for (const [at, byte] of changed) {
          if (bytes.length > 0) bytes[at % bytes.length] = byte;
        }
        const part = cut % 3 === 0 ? bytes.subarray(0, cut % (bytes.length + 1)) : bytes;
        expect(outcome(() => codec.decode(part))).toBe(outcome(() => right.decode(part)));
        const twice = Buffer.concat([bytes, part]);
        expect(outcome(() => codec.decode(twice))).toBe(outcome(() => right.decode(twice)));
      }),
    );
  });
});

describe('the quick way', () => {
  it.each([...ORDER_PATH, ...RISK_PATH])('exists for %s', (fullName) => {
    expect(plainCodec(contractsRoot().lookupType(fullName), COMPLETE)).toBeDefined();
  });

  it('takes the messages of every day', () => {
    const type = contractsRoot().lookupType('ats.order.v1.OrderEvent');
    const plain = plainCodec(type, COMPLETE);
    fc.assert(
      fc.property(events, (event) => {
        const bytes = plain?.encode(orderEventToWire(event));
        expect(bytes && plain?.decode(bytes)).toBeDefined();
      }),
    );
  });

  it('gives up on what is longer than its room, which the other way takes', () => {
    const entry = { detail: 'x'.repeat(70_000), postings: [] };
    const type = contractsRoot().lookupType('ats.ledger.v1.LedgerEntry');
    expect(plainCodec(type, COMPLETE)?.encode(entry)).toBeUndefined();
    const bytes = wireCodec('ats.ledger.v1.LedgerEntry').encode(entry as never);
    expect(bytes).toEqual(plainly(type).encode(entry));
  });
});
