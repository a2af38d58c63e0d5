import fc from 'fast-check';
import { filterMatches, MARKET_KINDS } from '../../src/market-bus/filter.ts';
import { channelMarket, channelName, planChannels } from '../../src/market-bus/redis-channels.ts';

const venue = fc.stringMatching(/^[a-z0-9-]{1,8}$/);
const instrument = fc.oneof(
  fc.stringMatching(/^[A-Z]{2,4}\/[A-Z]{3,4}$/),
  fc.stringMatching(/^[A-Z]{2,4}\/USDT:USDT$/),
  fc.constantFrom('A*/B?', 'A[B]/C', 'A\\/B'),
);
const kind = fc.constantFrom(...MARKET_KINDS);
const market = fc.record({ kind, venue, instrument });
const filter = fc.record(
  {
    kinds: fc.array(kind, { maxLength: 3 }),
    venues: fc.array(venue, { maxLength: 3 }),
    instruments: fc.array(instrument, { maxLength: 3 }),
  },
  { requiredKeys: [] },
);

/** Redis's pattern rules, as far as the plans use them. */
function patternMatches(pattern: string, text: string): boolean {
  let expression = '';
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern[at] as string;
    if (character === '*') expression += '.*';
    else {
      if (character === '\\') at += 1;
      expression += (pattern[at] as string).replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
    }
  }
  return new RegExp(`^${expression}$`, 's').test(text);
}

describe('the channels of a filter', () => {
  it('carry each event that the filter asks for exactly once, and no other', () => {
    fc.assert(
      fc.property(filter, market, (wanted, one) => {
        const plan = planChannels('p', wanted);
        const name = channelName('p', one);
        const copies =
          plan.channels.filter((channel) => channel === name).length +
          plan.patterns.filter((pattern) => patternMatches(pattern, name)).length;
        expect(copies).toBe(filterMatches(wanted, one) ? 1 : 0);
      }),
    );
  });

  it('are read back to the market they were made of', () => {
    fc.assert(
      fc.property(market, (one) => {
        expect(channelMarket('p', channelName('p', one))).toEqual(one);
      }),
    );
  });

  it('are asked for by kind and sifted by the receiver when there would be too many', () => {
    const venues = Array.from({ length: 40 }, (_, index) => `v${index}`);
    const instruments = Array.from({ length: 40 }, (_, index) => `A${index}/USD`);
    const plan = planChannels('p', { kinds: ['book'], venues, instruments });
    expect(plan).toEqual({ channels: [], patterns: ['p:book:*'], sift: true });
  });
});
