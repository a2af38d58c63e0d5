import { useMemo } from 'react';
import type { Message } from '../../../src/contract.ts';
import type { Loadable } from './loadable.ts';
import { merged } from './merged.ts';
import { opportunitiesSpec, orderEventsSpec, tradesSpec } from './streams.ts';
import { useLink, useLive } from './use-live.ts';
import { useRpc } from './use-rpc.ts';

type OpportunityRecord = Message<'ats.opportunity.v1.OpportunityRecord'>;
type Trade = Message<'ats.execution.v1.ArbitrageTrade'>;
type Order = Message<'ats.order.v1.Order'>;

/** Most lines of a list that are held; older ones are asked for elsewhere. */
export const LIST_MAX = 500;
const ORDERS_MAX = 200;
/** Streams tell what is new; the list is asked for again to be sure, as after a lost connection. */
const LIST_AGAIN_MS = 15_000;

/** A list that the stream adds to is confirmed by its own answer, and by every heartbeat. */
function useConfirmed<T>(
  list: Loadable<unknown>,
  data: readonly T[] | undefined,
): Loadable<readonly T[]> {
  const { heardAtMs } = useLink();
  const confirmedAtMs = Math.max(heardAtMs, list.confirmedAtMs);
  return { ...list, data, confirmedAtMs, staleAfterMs: 3 * LIST_AGAIN_MS };
}

/** The opportunity ledger, newest first. */
export function useOpportunities(): Loadable<readonly OpportunityRecord[]> {
  const service = 'ats.opportunity.v1.EngineService';
  const every = { everyMs: LIST_AGAIN_MS };
  const list = useRpc(service, 'ListOpportunities', { limit: LIST_MAX }, every);
  const live = useLive(opportunitiesSpec);
  const data = useMemo(() => {
    if (list.data === undefined) return undefined;
    const all = merged({
      listed: list.data.records,
      streamed: live.state.values(),
      keyOf: (one) => one.opportunity?.id ?? '',
      newer: (one, other) => one.updates >= other.updates,
    });
    return all.toSorted((a, b) => b.openedAtUs - a.openedAtUs).slice(0, LIST_MAX);
  }, [list.data, live]);
  return useConfirmed(list, data);
}

/** Trades, newest first. */
export function useTrades(): Loadable<readonly Trade[]> {
  const service = 'ats.opportunity.v1.EngineService';
  const list = useRpc(service, 'ListTrades', { limit: LIST_MAX }, { everyMs: LIST_AGAIN_MS });
  const live = useLive(tradesSpec);
  const data = useMemo(() => {
    if (list.data === undefined) return undefined;
    const all = merged({
      listed: list.data.trades,
      streamed: live.state.values(),
      keyOf: (one) => one.tradeId,
      newer: (one, other) => one.version > other.version,
    });
    return all.toSorted((a, b) => b.createdAtUs - a.createdAtUs);
  }, [list.data, live]);
  return useConfirmed(list, data);
}

/** Orders of an account, newest first: the newest of all, and every one that stands. */
export function useOrders(accountId: string): Loadable<readonly Order[]> {
  const service = 'ats.order.v1.OrderService';
  const request = { accountId, pageSize: ORDERS_MAX };
  const every = { everyMs: LIST_AGAIN_MS };
  const list = useRpc(service, 'ListOrders', request, every);
  const standing = useRpc(service, 'ListOrders', { ...request, openOnly: true }, every);
  const spec = useMemo(() => orderEventsSpec(accountId), [accountId]);
  const live = useLive(spec);
  const data = useMemo(() => {
    if (list.data === undefined || standing.data === undefined) return undefined;
    const events = [...live.state.values()];
    const all = merged({
      listed: list.data.orders,
      streamed: [...standing.data.orders, ...events.flatMap(({ order }) => order ?? [])],
      keyOf: (one) => one.orderId,
      newer: (one, other) => one.version > other.version,
    });
    return all.toSorted((a, b) => b.createdAtUs - a.createdAtUs);
  }, [list.data, standing.data, live]);
  return useConfirmed(list.data === undefined ? list : standing, data);
}
