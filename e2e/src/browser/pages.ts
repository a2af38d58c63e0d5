import { until } from '@ats/testkit';
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import type { Api } from './api.ts';
import { PATIENCE_MS } from './stage.ts';

/** Every page of the dashboard, with each of its views. */
export const PAGES = {
  overview: '/',
  markets: '/markets',
  matrix: '/markets?view=matrix',
  opportunities: '/opportunities',
  why: '/opportunities?view=why',
  trades: '/trades',
  console: '/console?orders=all',
  risk: '/risk',
  backtests: '/backtests',
  inventory: '/inventory',
  alerts: '/alerts',
  notifications: '/alerts?tab=settings',
  reports: '/reports',
  system: '/system',
  admin: '/admin',
  users: '/admin?tab=users',
  keys: '/admin?tab=keys',
  login: '/login',
  'set-up': '/set-up',
} as const;

/** The same and the page of a trade that was completed, once there is one. */
export async function pagesWithTrade(api: Api): Promise<Readonly<Record<string, string>>> {
  const completed = await until(
    async () => {
      const { trades } = await api.must('opportunity.v1.EngineService/ListTrades', { limit: 100 });
      return trades.find(({ state }) => state === 'TRADE_STATE_COMPLETED');
    },
    { timeoutMs: PATIENCE_MS, periodMs: 200, what: 'a trade that was completed' },
  );
  return { ...PAGES, trade: `/trades/${completed.tradeId}` };
}

/** Runs in the page: letters are there, no shape stands in for data, no banner says it is old. */
const SHOWS_ALL = `document.fonts.status === 'loaded' && document.querySelector(
  '[role="status"]:is([aria-label="Loading"], [aria-label="불러오는 중"]), .lost',
) === null`;
const TWO_FRAMES =
  'new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))';

/** Waits until a page shows what it is about: its title, its letters, its first data. */
export async function settle(page: Page): Promise<void> {
  await page.getByRole('main').getByRole('heading').first().waitFor({ state: 'attached' });
  const what = `${page.url()} with its data`;
  // The policy of the server lets nothing be evaluated within the page: ask from outside.
  await until(() => page.evaluate(SHOWS_ALL), { timeoutMs: PATIENCE_MS, periodMs: 50, what });
  await page.evaluate(TWO_FRAMES);
}

/** @returns by how much a page is wider than its window, pixels */
export const overflowOf = (page: Page): Promise<number> =>
  page.evaluate(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  ) as Promise<number>;

interface Finding {
  readonly id: string;
  readonly impact: string;
  readonly help: string;
  readonly nodes: readonly { readonly target: readonly string[] }[];
}

/** @returns a line for each serious or critical barrier that axe finds */
export async function barriersOf(page: Page): Promise<readonly string[]> {
  if ((await page.evaluate('typeof axe')) === 'undefined') await page.evaluate(axe.source);
  const found = (await page.evaluate(
    'axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) => violations)',
  )) as readonly Finding[];
  return found
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, impact, help, nodes }) => {
      const where = nodes.slice(0, 3).map(({ target }) => target.join(' '));
      return `${impact} ${id} (${nodes.length}): ${help}: ${where.join(', ')}`;
    });
}

/** As many pages at once as two cores draw well. */
const WINDOWS = 3;

/** Does the work for each thing, several at once. */
export async function forEachAtOnce<T>(
  things: readonly T[],
  work: (thing: T) => Promise<void>,
): Promise<void> {
  const left = [...things];
  const worker = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) await work(next);
  };
  await Promise.all(Array.from({ length: WINDOWS }, worker));
}
