import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../../src/contract.ts';
import { bare, words } from '../text/format.ts';
import { Pill } from './figures.tsx';

type TradeState = Message<'ats.execution.v1.ArbitrageTrade'>['state'];
type OrderStatus = Message<'ats.order.v1.Order'>['status'];

const TRADE_TONES: Partial<Record<TradeState, 'good' | 'warn' | 'danger' | 'accent'>> = {
  TRADE_STATE_COMPLETED: 'good',
  TRADE_STATE_SUBMITTED: 'accent',
  TRADE_STATE_UNWINDING: 'warn',
  TRADE_STATE_UNWOUND: 'warn',
  TRADE_STATE_EXPOSED: 'danger',
};

export function TradeStatePill({ state }: { readonly state: TradeState }): ReactNode {
  const { t } = useTranslation();
  return <Pill tone={TRADE_TONES[state] ?? 'plain'}>{t(words(bare(state, 'TRADE_STATE_')))}</Pill>;
}

const ORDER_TONES: Partial<Record<OrderStatus, 'good' | 'warn' | 'danger' | 'accent'>> = {
  ORDER_STATUS_LIVE: 'accent',
  ORDER_STATUS_PARTIALLY_FILLED: 'accent',
  ORDER_STATUS_FILLED: 'good',
  ORDER_STATUS_UNKNOWN: 'danger',
  ORDER_STATUS_CANCEL_PENDING: 'warn',
  ORDER_STATUS_REPLACE_PENDING: 'warn',
};

export function OrderStatusPill({ status }: { readonly status: OrderStatus }): ReactNode {
  const { t } = useTranslation();
  return (
    <Pill tone={ORDER_TONES[status] ?? 'plain'}>{t(words(bare(status, 'ORDER_STATUS_')))}</Pill>
  );
}
