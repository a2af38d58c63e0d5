import { type OpportunityId, opportunityId } from '@ats/domain';

const WORD = 2 ** 32;

/**
 * Names lives by a 96 bit hash of whole numbers: the same numbers give the same id, others another
 * one but for chance. A cryptographic hash would do the same and costs more than the rest of a
 * decision, as its code is never in the processor's cache when it is needed.
 *
 * The mixing is that of cyrb128, four lanes of 32 bits, which multiply by odd constants in turn.
 * Source: https://github.com/bryc/code/blob/master/jshash/PRNGs.md
 */
export class LifeNamer {
  private a = 1_779_033_703;
  private b = 3_144_134_277;
  private c = 1_013_904_242;
  private d = 2_773_480_762;
  private readonly seed: readonly [number, number, number, number];

  /** @param subject what all the names are about, in any words */
  constructor(subject: string) {
    for (let index = 0; index < subject.length; index += 1) this.mix(subject.charCodeAt(index));
    this.seed = [this.a, this.b, this.c, this.d];
  }

  /** @param numbers whole, from 0 to 2^53 */
  name(...numbers: readonly number[]): OpportunityId {
    [this.a, this.b, this.c, this.d] = this.seed;
    for (const number of numbers) {
      this.mix(number >>> 0);
      this.mix((number / WORD) >>> 0);
    }
    const { a, b, c, d } = this;
    const e = Math.imul(c ^ (a >>> 18), 597_399_067);
    const f = Math.imul(d ^ (b >>> 22), 2_869_860_233);
    const g = Math.imul(e ^ (c >>> 17), 951_274_213);
    const h = Math.imul(f ^ (d >>> 19), 2_716_044_179);
    return opportunityId(`${hex(e ^ f ^ g ^ h)}${hex(f ^ e)}${hex(g ^ e)}`);
  }

  private mix(word: number): void {
    const { b, c, d } = this;
    this.a = b ^ Math.imul(this.a ^ word, 597_399_067);
    this.b = c ^ Math.imul(b ^ word, 2_869_860_233);
    this.c = d ^ Math.imul(c ^ word, 951_274_213);
    this.d = this.a ^ Math.imul(d ^ word, 2_716_044_179);
  }
}

const hex = (word: number): string => (word >>> 0).toString(16).padStart(8, '0');
