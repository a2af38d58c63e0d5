import { QueryClientProvider, useQuery } from '@tanstack/react-query';
import { type ComponentType, type ReactNode, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import {
  createBrowserRouter,
  Navigate,
  type RouteObject,
  RouterProvider,
  useRouteError,
} from 'react-router';
import { PROBLEM, type SessionView } from '../../src/contract.ts';
import { liveSocket } from './adapters/live-socket.ts';
import { getJson, ProblemError, setCsrfToken } from './adapters/rpc-client.ts';
import { queryClient } from './feeds/query-client.ts';
import { SessionProvider } from './feeds/session.tsx';
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

/** Each page is a file of its own, which is fetched when it is opened. */
const page = (path: string, load: () => Promise<ComponentType>): RouteObject => ({
  path,
  lazy: async () => ({ Component: await load() }),
});

const router = createBrowserRouter([
  page('/login', async () => (await import('./pages/access/login.tsx')).Login),
  page('/set-up', async () => (await import('./pages/access/set-up.tsx')).SetUp),
  {
    Component: Gate,
    ErrorBoundary: Broken,
    HydrateFallback: () => null,
    children: [
      { path: '/', Component: Overview },
      page('/markets', async () => (await import('./pages/markets/markets.tsx')).Markets),
      page(
        '/opportunities',
        async () => (await import('./pages/opportunities/opportunities.tsx')).Opportunities,
      ),
      page('/trades', async () => (await import('./pages/trades/trades.tsx')).Trades),
      page('/trades/:tradeId', async () => (await import('./pages/trades/trade.tsx')).TradePage),
      page('/console', async () => (await import('./pages/console/console.tsx')).Console),
      page('/risk', async () => (await import('./pages/risk/risk.tsx')).Risk),
      page('/backtests', async () => (await import('./pages/backtests/backtests.tsx')).Backtests),
      page(
        '/backtests/compare',
        async () => (await import('./pages/backtests/compare.tsx')).Compare,
      ),
      page('/backtests/:runId', async () => (await import('./pages/backtests/run.tsx')).RunPage),
      page('/inventory', async () => (await import('./pages/inventory/inventory.tsx')).Inventory),
      page('/alerts', async () => (await import('./pages/alerts/alerts.tsx')).Alerts),
      page('/reports', async () => (await import('./pages/reports/reports.tsx')).Reports),
      page('/system', async () => (await import('./pages/system/system.tsx')).System),
      page('/admin', async () => (await import('./pages/admin/admin.tsx')).Admin),
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
