import { type QueryClient, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import type { DashboardService, RequestOf, ResponseOf, UnaryName } from '../../../src/contract.ts';
import { callRpc, type Loose, ProblemError } from '../adapters/rpc-client.ts';
import type { Loadable } from './loadable.ts';

interface Asking {
  /** How often it is asked again, milliseconds; 0: once. */
  readonly everyMs?: number;
  readonly enabled?: boolean;
}

const ONCE_STALE_MS = Number.POSITIVE_INFINITY;

/** Asks a method, and again each `everyMs`. An answer is stale after three times that. */
export function useRpc<S extends DashboardService, M extends UnaryName<S>>(
  service: S,
  method: M,
  request: Loose<RequestOf<S, M>>,
  { everyMs = 0, enabled = true }: Asking = {},
): Loadable<ResponseOf<S, M>> {
  const query = useQuery<ResponseOf<S, M>, Error>({
    queryKey: [service, method, request],
    queryFn: () => callRpc(service, method, request),
    refetchInterval: everyMs === 0 ? false : everyMs,
    enabled,
  });
  const { data, error, dataUpdatedAt, refetch } = query;
  return {
    data,
    error: error instanceof ProblemError ? error : undefined,
    confirmedAtMs: dataUpdatedAt,
    staleAfterMs: everyMs === 0 ? ONCE_STALE_MS : 3 * everyMs,
    retry: () => void refetch(),
  };
}

export interface Doing<Request, Response> {
  readonly busy: boolean;
  readonly error: ProblemError | undefined;
  readonly data: Response | undefined;
  /** @returns undefined where it was refused; `error` says why */
  act(request: Request): Promise<Response | undefined>;
  clear(): void;
}

const refreshAll = (client: QueryClient): Promise<void> => client.invalidateQueries();

/** A method that changes something. What is shown is asked for again after it. */
export function useAct<S extends DashboardService, M extends UnaryName<S>>(
  service: S,
  method: M,
): Doing<Loose<RequestOf<S, M>>, ResponseOf<S, M>> {
  const client = useQueryClient();
  const mutation = useMutation<ResponseOf<S, M>, Error, Loose<RequestOf<S, M>>>({
    mutationFn: (request) => callRpc(service, method, request),
    onSuccess: () => refreshAll(client),
  });
  const { isPending, error, data, mutateAsync, reset } = mutation;
  // One function for ever: a table makes its cells anew when what its buttons call changes, and a
  // press whose button is replaced before the release does nothing.
  const act = useCallback(
    (request: Loose<RequestOf<S, M>>) => mutateAsync(request).catch(() => undefined),
    [mutateAsync],
  );
  return {
    busy: isPending,
    error: error instanceof ProblemError ? error : undefined,
    data,
    act,
    clear: reset,
  };
}
