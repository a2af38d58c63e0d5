import type { Decimal, ReasonCode } from '@ats/domain';
import { kindOf, type LimitName } from './limits/limit-names.ts';

/** Why something may not be traded: the limit that was met and the value that met it. */
export interface Refusal {
  readonly reason: ReasonCode;
  /** A sentence for a person. */
  readonly detail: string;
  readonly limit: string;
  readonly value: string;
  /** The figure that would be above its limit; absent where none would. */
  readonly line?: Pick<Line, 'name' | 'of'>;
}

/** A figure that is held against a limit. */
export interface Line {
  readonly name: LimitName;
  /** The venue, asset, money or instrument; empty where the limit has no such scope. */
  readonly of: string;
  readonly value: Decimal;
}

export const plain = (value: Decimal): string => value.normalized().toString();

/** Digits of a figure in words: what is held against limits has up to thirty. */
const SHOWN_SCALE = 8;

/** A figure above its limit, in words. */
export function above({ name, of, value }: Line, max: Decimal): Refusal {
  const { reason, meaning } = kindOf(name);
  const short = value.scale > SHOWN_SCALE ? value.round(SHOWN_SCALE, 'up') : value;
  const [limit, shown] = [plain(max), plain(short)];
  const where = of === '' ? '' : ` of ${of}`;
  const detail = `${name}${where} would be ${shown}, ${limit} is the most: ${meaning}.`;
  return { reason, detail, limit, value: shown, line: { name, of } };
}
