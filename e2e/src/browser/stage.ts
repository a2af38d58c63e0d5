import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findEngine, until } from '@ats/testkit';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { FREE_PORTS, ownData, type RunningAts, startAts } from '../ats.ts';

const START = { timeoutMs: 120_000 };
/** The web app is built at the lowest priority, beside a system that trades. */
const BUILD = { timeoutMs: 300_000, periodMs: 250, what: 'the web app' };
/** Longest that anything on a page may take; the machine may be loaded. */
export const PATIENCE_MS = 45_000;

const WIDE = { width: 1440, height: 900 };

/** Exchanges with a third of their messages: a browser that draws in software needs cores too. */
const CALM_MARKET = [
  ...['BTC=7', 'ETH=5', 'SOL=3', 'XRP=3', 'USDT=2'].map((rate) =>
    rate.replace(/(\w+)=/, 'simulator.assets.$1.updatesPerSecond='),
  ),
  ...['simulator.dislocations.pauseMsMin=2000', 'simulator.dislocations.pauseMsMax=4000'],
].flatMap((assignment) => ['--set', assignment]);

/** A running ATS with its dashboard, and a browser. */
export interface Stage {
  readonly running: RunningAts;
  readonly browser: Browser;
  /** `http://127.0.0.1:port` */
  readonly url: string;
  /** What makes the first administrator; good once. */
  readonly setUpToken: string;
  close(): Promise<void>;
}

/** Starts the simulated exchanges and everything that trades there; needs the engine chromium. */
export async function startStage(more: readonly string[] = []): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'ats-browser-'));
  const running = startAts([
    ...['up', '--seed', '7', '--summary', 'json', ...FREE_PORTS, ...ownData(folder)],
    ...['--set', 'dashboard.buildWeb=true', ...CALM_MARKET, ...more],
  ]);
  const said = (words: RegExp): Promise<string> =>
    until(() => words.exec(running.stderr())?.[1], { ...START, what: String(words) });
  const url = await said(/Dashboard: (\S+)/);
  const setUpToken = await said(/set-up#(\S+)/);
  // Until a changed web app is built anew, the one before it is served.
  await until(() => {
    const last = running
      .stderr()
      .match(/dashboard\.web\.\w+/g)
      ?.at(-1);
    if (last === 'dashboard.web.failed') throw new Error(running.stderr());
    return last === undefined || last === 'dashboard.web.built';
  }, BUILD);
  const browser = await openBrowser();
  return {
    ...{ running, browser, url, setUpToken },
    async close() {
      await browser.close();
      running.signal('SIGINT');
      await running.outcome;
    },
  };
}

export function openBrowser(): Promise<Browser> {
  const executablePath = findEngine('chromium');
  if (executablePath === undefined) throw new Error('There is no Chromium: npm run engines');
  return chromium.launch({
    executablePath,
    args: ['--disable-dev-shm-usage', '--disable-gpu'],
    timeout: 60_000,
  });
}

export interface Preferences {
  readonly theme?: 'dark' | 'light';
  readonly language?: 'en' | 'ko';
}

interface WindowOptions extends Preferences {
  readonly url: string;
  readonly width?: number;
  readonly height?: number;
}

/** A browser of a person of its own, as it is before anybody logs in. */
export async function openWindow(
  browser: Browser,
  { url, theme = 'dark', language = 'en', ...size }: WindowOptions,
): Promise<BrowserContext> {
  const viewport = { ...WIDE, ...size };
  const context = await browser.newContext({ baseURL: url, viewport, locale: 'en-GB' });
  context.setDefaultTimeout(PATIENCE_MS);
  const preferences = JSON.stringify({ theme, language, density: 'compact' });
  // What is chosen in a page stays chosen when it is loaded again.
  await context.addInitScript(
    `localStorage.getItem('ats.preferences') ??
     localStorage.setItem('ats.preferences', ${JSON.stringify(preferences)})`,
  );
  return context;
}

/** What a page complained of: errors of its code, and what the policy of the server stopped. */
export function troublesOf(page: Page): string[] {
  const troubles: string[] = [];
  page.on('pageerror', ({ message }) => troubles.push(message));
  page.on('console', (line) => {
    if (/Content Security Policy/.test(line.text())) troubles.push(line.text());
  });
  return troubles;
}
