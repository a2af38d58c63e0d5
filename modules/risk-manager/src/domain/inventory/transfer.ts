import { type AssetId, Decimal, type VenueId } from '@ats/domain';
import { amountText } from '../figure-text.ts';
import type { Allowances } from './allowance.ts';
import { type Values, worthOf } from './markets.ts';
import { impossible, moved, type Need, type PlanOption, type PlanRules } from './option.ts';
import type { Runway } from './runway.ts';

/** What sending an asset from one venue to another takes, as both have it. */
export interface TransferTerms {
  /** Units that the sending venue keeps. */
  readonly fee: Decimal;
  /** Least that it sends, units, the fee among them. */
  readonly min: Decimal;
  /** Until it has sent, and the receiving venue has credited. */
  readonly minutes: number;
}

/** @returns undefined where an asset is not sent between venues, or is not the same at both */
export type TransferTermsOf = (
  asset: AssetId,
  between: { readonly from: VenueId; readonly to: VenueId },
) => TransferTerms | undefined;

const AMOUNT_SCALE = 8;
const BPS = Decimal.parse('10000');

export interface TransferParts {
  readonly rules: PlanRules;
  readonly values: Values;
  readonly termsOf: TransferTermsOf;
  readonly allowances: Allowances;
  /** What the giving venue should have itself. */
  readonly targetOf: (venue: VenueId) => Decimal;
}

/** Sends the asset from one venue: what is lacking and can be spared, or the least it takes. */
export function transferOption(need: Need, giver: Runway, parts: TransferParts): PlanOption {
  const { venue: to, asset } = need.runway;
  const { venue: from } = giver;
  const terms = parts.termsOf(asset, { from, to });
  if (terms === undefined) return impossible('transfer', `No way to send ${asset} is configured.`);
  const value = parts.values.get(asset);
  if (value === undefined) return impossible('transfer', `No book says what ${asset} is worth.`);
  const spare = parts.allowances.of(from, asset, parts.targetOf(from));
  const lacking = need.wanted.add(terms.fee).round(AMOUNT_SCALE, 'up');
  const sent = lacking.max(terms.min).min(spare);
  if (sent.lessThan(terms.min) || !sent.greaterThan(terms.fee)) {
    return impossible(
      'transfer',
      `No venue can spare the ${amountText(terms.min)} ${asset} that it takes.`,
    );
  }
  const moves = [
    { venue: from, asset, amount: sent.negate() },
    { venue: to, asset, amount: sent.subtract(terms.fee) },
  ];
  return moved(need, giver, parts.rules, {
    kind: 'transfer',
    moves,
    cost: worthOf(terms.fee, value),
    costBps: terms.fee.multiply(BPS).divide(sent, { scale: 2, rounding: 'up' }),
    hours: terms.minutes / 60,
    detail: `Send ${amountText(sent)} ${asset} from ${from} to ${to}, by hand.`,
  });
}
