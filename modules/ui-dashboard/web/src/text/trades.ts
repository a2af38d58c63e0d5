import type { Message } from '../../../src/contract.ts';
import { sumTexts } from './decimal-text.ts';

type Trade = Message<'ats.execution.v1.ArbitrageTrade'>;
type TradeOrder = Message<'ats.execution.v1.TradeOrder'>;

const OPEN: ReadonlySet<Trade['state']> = new Set([
  'TRADE_STATE_PROPOSED',
  'TRADE_STATE_RISK_APPROVED',
  'TRADE_STATE_RESERVED',
  'TRADE_STATE_SUBMITTED',
  'TRADE_STATE_UNWINDING',
]);

export const isOpen = ({ state }: Trade): boolean => OPEN.has(state);

const signed = ({ side, cumulativeQuantity, instrument }: TradeOrder, base: string): string => {
  if (!instrument.startsWith(`${base}/`)) return '0';
  return side === 'ORDER_SIDE_SELL' ? `-${cumulativeQuantity || '0'}` : cumulativeQuantity;
};

/** @returns units of base bought less sold so far, decimal text */
export const unhedgedQuantity = ({ base, legs, unwinds }: Trade): string =>
  sumTexts([...legs, ...unwinds].map((order) => signed(order, base)));
