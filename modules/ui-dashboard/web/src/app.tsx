import { QueryClientProvider, useQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { createBrowserRouter, Navigate, RouterProvider, useRouteError } from 'react-router';
import { PROBLEM, type SessionView } from '../../src/contract.ts';
import { liveSocket } from './adapters/live-socket.ts';
import { getJson, ProblemError, setCsrfToken } from './adapters/rpc-client.ts';
import { queryClient } from './data/query-client.ts';
import { SessionProvider } from './data/session.tsx';
import { Frame } from './frame/frame.tsx';
import { Overview } from './pages/overview/overview.tsx';
import { Button } from './ui/button.tsx';
import { ProblemBox } from './ui/problem-box.tsx';

const SESSION_AGAIN_MS = 60_000;

async function readSession(): Promise<SessionView> {
  const session = await getJson<SessionView>('/api/session');
  setCsrfToken(session.csrfToken);
  return session;
}

const leave = (): void => location.assign('/login');

/** Who is here decides what is shown; nobody goes to the login. */
function Gate(): ReactNode {
  const { data, error, refetch } = useQuery<SessionView, Error>({
    queryKey: ['session'],
    queryFn: readSession,
    refetchInterval: SESSION_AGAIN_MS,
  });
  const here = data !== undefined;
  useEffect(() => (here ? liveSocket.start(leave) : undefined), [here]);
  if (error instanceof ProblemError && error.problem.code === PROBLEM.unauthenticated) {
    return <Navigate to="/login" replace />;
  }
  if (data !== undefined) {
    return (
      <SessionProvider session={data}>
        <Frame />
      </SessionProvider>
    );
  }
  if (!(error instanceof ProblemError)) return null;
  return (
    <main className="alone">
      <ProblemBox error={error} retry={() => void refetch()} />
    </main>
  );
}

function Broken(): ReactNode {
  const { t } = useTranslation();
  const error = useRouteError();
  return (
    <main className="alone problem" role="alert">
      <h1>{t('This page could not be shown.')}</h1>
      <p className="mono">{error instanceof Error ? error.message : String(error)}</p>
      <Button onClick={() => location.reload()}>{t('Load again')}</Button>
    </main>
  );
}

function NotFound(): ReactNode {
  const { t } = useTranslation();
  return <div className="empty">{t('There is no such page.')}</div>;
}

const router = createBrowserRouter([
  {
    path: '/login',
    lazy: async () => ({ Component: (await import('./pages/access/login.tsx')).Login }),
  },
  {
    path: '/set-up',
    lazy: async () => ({ Component: (await import('./pages/access/set-up.tsx')).SetUp }),
  },
  {
    Component: Gate,
    ErrorBoundary: Broken,
    HydrateFallback: () => null,
    children: [
      { path: '/', Component: Overview },
      { path: '*', Component: NotFound },
    ],
  },
]);

export function App(): ReactNode {
  return (
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  );
}
