import fc from 'fast-check';
import { childOf, enter, isSampled, traceIdOf, traceOf, tradeTrace } from '../../src/index.ts';
import { isKept, isTraceparent, spanIdOf, withSampled } from '../../src/tracing/trace-context.ts';
import type { Tracer } from '../../src/tracing/tracer.ts';

const hex = (length: number) =>
  fc
    .string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length })
    .filter((text) => /[^0]/.test(text));
const flags = fc.integer({ min: 0, max: 255 });
const traceparent = fc
  .tuple(hex(32), hex(16), flags)
  .map(([trace, span, flag]) => `00-${trace}-${span}-${flag.toString(16).padStart(2, '0')}`);

describe('contexts of a trace', () => {
  test('the flag is the lowest bit, whatever else is set', () => {
    fc.assert(
      fc.property(hex(32), hex(16), flags, (trace, span, flag) => {
        const text = `00-${trace}-${span}-${flag.toString(16).padStart(2, '0')}`;
        expect(isTraceparent(text)).toBe(true);
        expect(isSampled(text)).toBe(flag % 2 === 1);
      }),
    );
  });

  test('children follow their parent: the same trace, and kept only where it is', () => {
    fc.assert(
      fc.property(traceparent, fc.array(fc.string(), { maxLength: 5 }), (parent, works) => {
        const last = works.reduce((context, work) => childOf(context, work), parent);
        expect(traceIdOf(last)).toBe(traceIdOf(parent));
        expect(isSampled(last)).toBe(isSampled(parent));
        expect(isTraceparent(last)).toBe(true);
        if (!isSampled(parent)) expect(last).toBe(parent);
      }),
    );
  });

  test('the same work has the same span, other work another', () => {
    fc.assert(
      fc.property(traceparent, fc.string(), fc.string(), (parent, one, other) => {
        expect(childOf(parent, one)).toBe(childOf(parent, one));
        if (!isSampled(parent) || one === other) return;
        expect(spanIdOf(childOf(parent, one))).not.toBe(spanIdOf(childOf(parent, other)));
      }),
    );
  });

  test('a trade is always kept, and each of its places is another span of one trace', () => {
    fc.assert(
      fc.property(fc.string(), (tradeId) => {
        const places = Object.values(tradeTrace(tradeId));
        expect(places.every((place) => isTraceparent(place) && isSampled(place))).toBe(true);
        expect(new Set(places.map(traceIdOf))).toEqual(new Set([traceIdOf(traceOf(tradeId))]));
        expect(new Set(places.map(spanIdOf)).size).toBe(places.length);
      }),
    );
  });

  test('a trace that is kept at one ratio is kept at every larger one', () => {
    const ratio = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(hex(32), ratio, ratio, (traceId, one, other) => {
        expect(isKept(traceId, 0)).toBe(false);
        expect(isKept(traceId, 1)).toBe(true);
        const [less, more] = [Math.min(one, other), Math.max(one, other)];
        if (isKept(traceId, less)) expect(isKept(traceId, more)).toBe(true);
      }),
    );
  });

  test('who serves follows the flag of who calls, and keeps what has to be kept', () => {
    const following: Tracer = {
      on: true,
      record: () => undefined,
      follow: (parent, keep) =>
        withSampled(parent ?? traceOf('new'), keep || (parent !== undefined && isSampled(parent))),
    };
    fc.assert(
      fc.property(fc.option(traceparent, { nil: undefined }), fc.boolean(), (given, keep) => {
        const { own, parent } = enter(following, given, keep);
        expect(isSampled(own)).toBe(keep || isSampled(given));
        expect(parent).toBe(isSampled(given) ? given : undefined);
      }),
    );
  });
});
