import { assert, type Decimal } from '@ats/domain';

/**
 * Whole multiples of a decimal step (ticks or lots) as numbers and texts. A number made here is
 * the double nearest to its text, so the two never disagree.
 */
export class DecimalGrid {
  /** Digits after the point of every text. */
  readonly decimals: number;
  /** The step as a number. */
  readonly step: number;
  private readonly unitsPerStep: number;
  private readonly unitsPerOne: number;

  constructor(step: Decimal) {
    this.decimals = step.scale;
    this.unitsPerStep = Number(step.units);
    this.unitsPerOne = 10 ** step.scale;
    this.step = this.unitsPerStep / this.unitsPerOne;
    assert(this.unitsPerStep > 0, 'a grid has a step above 0', { step: String(step) });
  }

  number(steps: number): number {
    return (steps * this.unitsPerStep) / this.unitsPerOne;
  }

  text(steps: number): string {
    const units = steps * this.unitsPerStep;
    assert(Number.isSafeInteger(units), 'a grid value fits a safe integer', { steps });
    const digits = String(units);
    if (this.decimals === 0) return digits;
    if (digits.length <= this.decimals) return `0.${digits.padStart(this.decimals, '0')}`;
    const point = digits.length - this.decimals;
    return `${digits.slice(0, point)}.${digits.slice(point)}`;
  }

  /** @returns steps, rounded to the nearest. */
  nearest(value: number): number {
    return Math.round(value / this.step);
  }
}
