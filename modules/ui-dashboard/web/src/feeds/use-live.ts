import { useMemo, useSyncExternalStore } from 'react';
import type { DashboardService, ResponseOf, StreamName } from '../../../src/contract.ts';
import { after, nowMs } from '../adapters/clock.ts';
import { liveSocket } from '../adapters/live-socket.ts';
import { type Fold, LiveQuery, type LiveSnapshot } from './live-query.ts';
import type { Loadable } from './loadable.ts';

// biome-ignore lint/suspicious/noExplicitAny: the key of each entry decides its types.
const queries = new Map<string, LiveQuery<any, any>>();

const wiring = {
  subscribe: liveSocket.subscribe.bind(liveSocket),
  onFrame: (work: () => void, paceMs: number): void => {
    if (paceMs === 0) requestAnimationFrame(work);
    else after(paceMs, work);
  },
};

/** How a stream becomes a state. `name` tells apart folds of one method and request. */
export interface LiveSpec<S extends DashboardService, M extends StreamName<S>, State> {
  readonly name: string;
  readonly service: S;
  readonly method: M;
  readonly request: object;
  /** Least time between two drawings, milliseconds; each frame if absent. */
  readonly paceMs?: number;
  init(): State;
  fold(state: State, data: ResponseOf<S, M>): void;
}

/** One subscription for all that show the same; it ends with the last of them. */
export function liveQuery<S extends DashboardService, M extends StreamName<S>, State>(
  spec: LiveSpec<S, M, State>,
): LiveQuery<State, ResponseOf<S, M>> {
  const method = `${spec.service}/${spec.method}`;
  const key = `${spec.name} ${method} ${JSON.stringify(spec.request)}`;
  const known = queries.get(key);
  if (known !== undefined) return known;
  const fold: Fold<State, ResponseOf<S, M>> = {
    method,
    request: spec.request,
    paceMs: spec.paceMs ?? 0,
    init: spec.init,
    fold: spec.fold,
  };
  const made = new LiveQuery(fold, wiring);
  queries.set(key, made);
  return made;
}

export function useLive<S extends DashboardService, M extends StreamName<S>, State>(
  spec: LiveSpec<S, M, State>,
): LiveSnapshot<State> {
  const query = liveQuery(spec);
  return useSyncExternalStore(query.listen, query.snapshot);
}

interface Showing {
  /** Whether the stream may have nothing to say at first: then that is what is shown. */
  readonly quiet?: boolean;
}

/**
 * A stream as panels show things. While the connection is open what came last stands, however
 * long ago: the server sends changes alone.
 */
export function useLiveLoadable<S extends DashboardService, M extends StreamName<S>, State>(
  spec: LiveSpec<S, M, State>,
  { quiet = false }: Showing = {},
): Loadable<LiveSnapshot<State>> {
  const snapshot = useLive(spec);
  const link = useLink();
  return useMemo(
    () => ({
      data: snapshot.arrived || quiet ? snapshot : undefined,
      error: snapshot.error,
      confirmedAtMs: link.link === 'open' ? nowMs() : link.heardAtMs,
      staleAfterMs: 3000,
      retry: () => undefined,
    }),
    [snapshot, link, quiet],
  );
}

const linkOf = (): typeof liveSocket.state => liveSocket.state;

/** The connection; changes each second with the heartbeat. */
export const useLink = (): typeof liveSocket.state =>
  useSyncExternalStore(liveSocket.listen, linkOf);
