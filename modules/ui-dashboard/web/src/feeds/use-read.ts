import { useQuery } from '@tanstack/react-query';
import { getJson, ProblemError } from '../adapters/rpc-client.ts';
import type { Loadable } from './loadable.ts';

/** Asks for what the server itself knows, and again each `everyMs`. */
export function useRead<T>(path: string, everyMs: number): Loadable<T> {
  const { data, error, dataUpdatedAt, refetch } = useQuery<T, Error>({
    queryKey: [path],
    queryFn: () => getJson<T>(path),
    refetchInterval: everyMs,
  });
  return {
    data,
    error: error instanceof ProblemError ? error : undefined,
    confirmedAtMs: dataUpdatedAt,
    staleAfterMs: 3 * everyMs,
    retry: () => void refetch(),
  };
}
