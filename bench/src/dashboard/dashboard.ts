import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadConfig, parseConfig } from '@ats/runtime';
import { uiDashboard } from '@ats/ui-dashboard';
import { type Browser, chromium, type Page } from 'playwright-core';
import { type BenchOptions, figure, type Report } from '../report.ts';
import { cookieOf } from './login.ts';
import { openStandIns } from './stand-ins.ts';
import { type PageTime, pageTimeOf, TRACE_CATEGORIES } from './trace.ts';

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const SYMBOLS = 20;
/** All quotes and cells change ten times a second: 1,000 quotes and 4,000 cells a second. */
const EVERY_MS = 100;
const SCRIPT_KB_MAX = 300;
const PAGES = { overview: '/', markets: '/markets', matrix: '/markets?view=matrix' } as const;

export const DASHBOARD_PARTS = ['dashboard'] as const;

/** Frames and main-thread time of pages under full market data, against an empty page. */
export async function benchDashboard(options: BenchOptions): Promise<Report> {
  const { tiny } = options;
  const report = { bench: 'dashboard', node: process.version, tiny };
  if (!existsSync(CHROMIUM)) {
    const skipped = [`there is no ${CHROMIUM}: install Chromium, or say where with CHROMIUM=`];
    return { ...report, figures: [], skipped };
  }
  const stage = await openStage();
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  try {
    const seconds = tiny ? 3 : 8;
    const floor = await timed(browser, { url: `${stage.url}/icon.svg`, seconds, cookie: '' });
    const measured: Record<string, number> = {
      'empty page, frames a second': floor.framesPerSecond,
      'empty page, main thread %': floor.mainThreadShare * 100,
    };
    const figures = [];
    for (const [name, path] of Object.entries(PAGES)) {
      const url = `${stage.url}${path}`;
      const time = await timed(browser, { url, seconds, cookie: stage.cookie });
      measured[`${name}, longest task ms`] = time.longestTaskMs;
      figures.push(...figuresOf(name, time, floor));
    }
    const scriptKb = await scriptKbOf(browser, stage);
    figures.push(
      figure({
        ...{ name: 'script of the first load, compressed', unit: 'kB', value: scriptKb },
        ...{ floorName: 'budget', floor: SCRIPT_KB_MAX, target: { atMost: 1 } },
      }),
    );
    return { ...report, figures, measured, skipped: [] };
  } finally {
    await browser.close();
    await stage.close();
  }
}

const figuresOf = (name: string, time: PageTime, floor: PageTime) => [
  figure({
    ...{ name: `${name}: frames a second`, unit: '/s', value: time.framesPerSecond },
    ...{ floorName: 'empty page', floor: floor.framesPerSecond, target: { atLeast: 0.95 } },
  }),
  figure({
    ...{ name: `${name}: main thread`, unit: '% of a core', value: time.mainThreadShare * 100 },
    ...{ floorName: 'budget', floor: 30, target: { atMost: 1 } },
  }),
];

/** The real server and the built web app, before services that stand in. */
async function openStage() {
  const services = await openStandIns({ symbols: SYMBOLS, everyMs: EVERY_MS });
  const loaded = loadConfig({
    folder: fileURLToPath(new URL('../../../config', import.meta.url)),
    environment: {},
    assignments: ['dashboard.port=0'],
  });
  const config = parseConfig(loaded, uiDashboard.configSchema);
  const { base, rpc } = services;
  const running = await uiDashboard.start({ ...base, config, rpc, ports: {} });
  await running.webBuilt;
  return {
    url: running.url,
    cookie: await cookieOf(running.url),
    async close() {
      await running.drain();
      await services.close();
    },
  };
}

interface Visit {
  readonly url: string;
  readonly cookie: string;
}

async function visit(browser: Browser, { url, cookie }: Visit): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const [name = '', value = ''] = cookie.split('=');
  if (cookie !== '') await context.addCookies([{ name, value, url }]);
  const page = await context.newPage();
  await page.goto(url);
  if (cookie !== '') await page.getByRole('navigation').first().waitFor();
  return page;
}

async function timed(
  browser: Browser,
  { seconds, ...visited }: Visit & { readonly seconds: number },
): Promise<PageTime> {
  const page = await visit(browser, visited);
  // It asks for every frame, so that a frame that is late is one that is missing.
  await page.evaluate('(function ask() { requestAnimationFrame(ask); })()');
  // What a page does once, when it opens, is no part of it.
  await page.waitForTimeout(seconds * 250);
  await browser.startTracing(page, { categories: TRACE_CATEGORIES });
  await page.waitForTimeout(seconds * 1000);
  const bytes = await browser.stopTracing();
  await page.context().close();
  return pageTimeOf(bytes);
}

async function scriptKbOf(browser: Browser, stage: Visit): Promise<number> {
  const page = await visit(browser, stage);
  await page.waitForLoadState('load');
  const bytes = await page.evaluate<number>(
    `performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('.js'))
      .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)`,
  );
  await page.context().close();
  return bytes / 1000;
}
