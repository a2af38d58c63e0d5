import { QueryClient } from '@tanstack/react-query';
import { PROBLEM } from '../../../src/contract.ts';
import { ProblemError } from '../adapters/rpc-client.ts';

const TRIES_MAX = 2;

/** Only what may get better by itself is asked again. */
const again = (failures: number, error: Error): boolean =>
  failures < TRIES_MAX &&
  error instanceof ProblemError &&
  error.problem.code === PROBLEM.unavailable;

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: { retry: again, staleTime: 1000, refetchOnWindowFocus: true, networkMode: 'always' },
    mutations: { networkMode: 'always' },
  },
});
