import { seededRandom } from '@ats/runtime';
import fc from 'fast-check';
import {
  gridOf,
  keyOf,
  parseParameter,
  randomOf,
  valuesOf,
} from '../../src/domain/optimise/parameters.ts';
import { windowsOf } from '../../src/domain/optimise/windows.ts';

describe('a setting that is searched over', () => {
  it.each([
    ['engine.minEdgeBps=1:3:1', ['1', '2', '3']],
    ['engine.minEdgeBps=0.1:0.5:0.1', ['0.1', '0.2', '0.3', '0.4', '0.5']],
    ['engine.bookDepth=int:5:20:5', ['5', '10', '15', '20']],
    ['engine.recheckMs=log:10:1000:10', ['10', '100', '1000']],
    ['engine.strategy=choice:cross-exchange,triangular', ['cross-exchange', 'triangular']],
    ['engine.minEdgeBps=2:2', ['2']],
  ])('%s has the values of its grid', (text, values) => {
    expect(valuesOf(parseParameter(text))).toEqual(values);
  });

  it.each([
    '',
    'x',
    'x=',
    'x=1',
    'x=3:1',
    'x=1:2:0',
    'x=log:0:1',
    'x=int:0.5:2',
    'x=choice:',
    'x=a:b',
  ])('"%s" is refused with how to write one', (text) => {
    expect(() => parseParameter(text)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(text) }),
    );
  });

  it('stays within its range, whatever is drawn, and draws the same for the same seed', () => {
    const range = fc.tuple(
      fc.double({ min: 1e-6, max: 1e3, noNaN: true }),
      fc.double({ min: 1, max: 1e3, noNaN: true }),
    );
    fc.assert(
      fc.property(range, fc.constantFrom('', 'log:'), fc.nat(), ([min, ratio], kind, seed) => {
        const parameter = parseParameter(`a.b=${kind}${min}:${min * ratio}`);
        const draw = () =>
          randomOf([parameter], { count: 5, random: seededRandom(seed).stream('t') });
        for (const { 'a.b': value } of draw()) {
          expect(Number(value)).toBeGreaterThanOrEqual(min - 1e-12);
          expect(Number(value)).toBeLessThanOrEqual(min * ratio + 1e-9);
        }
        expect(draw()).toEqual(draw());
      }),
    );
  });

  it('makes every combination of a grid once, and none where they are too many', () => {
    const parameters = ['a=1:3:1', 'b=choice:x,y', 'c=int:1:2:1'].map(parseParameter);
    const grid = gridOf(parameters, 12);
    expect(new Set(grid.map(keyOf)).size).toBe(12);
    expect(grid[0]).toEqual({ a: '1', b: 'x', c: '1' });
    expect(() => gridOf(parameters, 11)).toThrow('12 combinations, more than 11');
  });

  it('draws no combination twice, and ends where there are no others', () => {
    const random = seededRandom(1).stream('t');
    expect(randomOf([parseParameter('a=choice:x,y,z')], { count: 10, random })).toHaveLength(3);
  });
});

describe('windows that are walked forward', () => {
  const of = (changes: Partial<Parameters<typeof windowsOf>[0]> = {}) =>
    windowsOf({
      fromUs: 0,
      toUs: 100,
      inSampleUs: 40,
      outOfSampleUs: 20,
      anchored: false,
      ...changes,
    });

  it('judge every stretch once, each by what came before it alone', () => {
    expect(of()).toEqual([
      { inSample: { fromUs: 0, toUs: 40 }, outOfSample: { fromUs: 40, toUs: 60 } },
      { inSample: { fromUs: 20, toUs: 60 }, outOfSample: { fromUs: 60, toUs: 80 } },
      { inSample: { fromUs: 40, toUs: 80 }, outOfSample: { fromUs: 80, toUs: 100 } },
    ]);
    expect(of({ anchored: true }).map(({ inSample }) => inSample.fromUs)).toEqual([0, 0, 0]);
  });

  it('are refused where none fits', () => {
    expect(() => of({ inSampleUs: 90 })).toThrow('no window fits');
  });
});
