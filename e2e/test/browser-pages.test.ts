import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeWithEngine } from '@ats/testkit';
import type { BrowserContext, Page } from 'playwright-core';
import { ats } from '../src/ats.ts';
import { escalateRule, muteAndEnd, setQuietHours } from '../src/browser/alerts.ts';
import { Api } from '../src/browser/api.ts';
import {
  barriersOf,
  forEachAtOnce,
  overflowOf,
  PAGES,
  pagesWithTrade,
  settle,
} from '../src/browser/pages.ts';
import { typeEveryField } from '../src/browser/payload-fields.ts';
import { formsLeftOut, typeEveryForm } from '../src/browser/payload-forms.ts';
import { payloadsTaken, takenAgain, takenAt, typePayloads } from '../src/browser/payloads.ts';
import {
  openWindow,
  type Preferences,
  type Stage,
  startStage,
  troublesOf,
} from '../src/browser/stage.ts';
import { writeQuoteTape } from '../src/quote-tape.ts';

const TIMEOUT_MS = 180_000;
const PHONE = { width: 375, height: 812 };

describeWithEngine('chromium', 'every page of the dashboard', () => {
  let stage: Stage;
  let pages: Readonly<Record<string, string>>;
  let cookies: Awaited<ReturnType<BrowserContext['cookies']>>;

  /** A window of the administrator's. */
  const windowOf = async (options: Preferences & { readonly width?: number; height?: number }) => {
    const context = await openWindow(stage.browser, { url: stage.url, ...options });
    await context.addCookies(cookies);
    return context;
  };
  /** What is found wrong on each page, by its name; pages without a finding are not in it. */
  const findings = async (
    context: BrowserContext,
    look: (page: Page) => Promise<readonly string[]>,
  ): Promise<Record<string, readonly string[]>> => {
    const found: Record<string, readonly string[]> = {};
    await forEachAtOnce(Object.entries(pages), async ([name, path]) => {
      const page = await context.newPage();
      const troubles = troublesOf(page);
      await page.goto(path);
      await settle(page);
      const wrong = [...(await look(page)), ...troubles];
      if (wrong.length > 0) found[name] = wrong;
      await page.close();
    });
    await context.close();
    return found;
  };

  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ats-browser-tape-'));
    const tapes = ['--set', `backtest.dataFolder=${folder}`];
    const file = join(folder, 'drift.csv');
    await writeQuoteTape(file, { rows: 2000 });
    const imported = await ats(['data', 'import', file, '--name', 'drift', ...tapes]);
    expect(imported).toMatchObject({ code: 0 });
    stage = await startStage([
      ...['--set', 'audit.segmentAgeMs=1000', ...tapes],
      ...['--set', `backtest.resultFolder=${folder}/results`],
    ]);
    const first = await openWindow(stage.browser, { url: stage.url });
    const api = new Api(first, stage.url);
    await api.setUp(stage.setUpToken, 'ann');
    pages = await pagesWithTrade(api);
    cookies = await first.cookies();
    await first.close();
  }, 3 * TIMEOUT_MS);
  afterAll(async () => {
    await stage?.close();
  }, TIMEOUT_MS);

  for (const theme of ['dark', 'light'] as const) {
    it(
      `has no serious or critical barrier, ${theme}`,
      async () => {
        expect(await findings(await windowOf({ theme }), barriersOf)).toEqual({});
      },
      TIMEOUT_MS,
    );
  }

  it(
    'fits a phone: nothing is wider than the window',
    async () => {
      const wider = async (page: Page): Promise<readonly string[]> => {
        const overflow = await overflowOf(page);
        return overflow > 0 ? [`wider by ${overflow} px`] : [];
      };
      expect(await findings(await windowOf(PHONE), wider)).toEqual({});
    },
    TIMEOUT_MS,
  );

  it(
    'mutes and tells again; has people with quiet hours, and rules that go on to the next',
    async () => {
      const context = await windowOf({});
      const api = new Api(context, stage.url);
      const cy = { personId: 'cy', name: 'Cy', locale: 'en', zone: 'UTC', digestAt: '08:00' };
      await api.must('notification.v1.NotificationService/PutPerson', { person: cy });
      const page = await context.newPage();
      const troubles = troublesOf(page);
      /** A dialog is no barrier, and fits a phone. */
      const look = async (): Promise<void> => {
        expect(await barriersOf(page)).toEqual([]);
        await page.setViewportSize(PHONE);
        expect(await overflowOf(page)).toBe(0);
        await page.setViewportSize({ width: 1440, height: 900 });
      };
      await muteAndEnd(page, look);
      await setQuietHours(page, look);
      await escalateRule(page, look);
      expect(troubles).toEqual([]);
      await context.close();
    },
    TIMEOUT_MS,
  );

  it(
    'speaks Korean and turns light by the menu, and stays so when it is loaded again',
    async () => {
      const context = await windowOf({});
      const page = await context.newPage();
      await page.goto(PAGES.overview);
      await settle(page);
      const ground = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
      const dark = await ground();
      await page.getByRole('button', { name: 'Me and my settings' }).click();
      await page.getByRole('button', { name: 'Light' }).click();
      await page.getByRole('button', { name: '한국어' }).click();
      await page.getByRole('link', { name: '가동' }).waitFor();
      await page.reload();
      await settle(page);
      expect(await ground()).not.toBe(dark);
      expect(await page.evaluate('document.documentElement.lang')).toBe('ko');
      const nav = page.getByRole('navigation');
      await nav.getByRole('link', { name: '콘솔' }).click();
      await page.getByRole('heading', { name: '콘솔', level: 1 }).waitFor();
      await context.close();
    },
    TIMEOUT_MS,
  );

  // The last: trading is paused, stopped and halted after it.
  it(
    'shows whatever people type as the text that it is, on every page',
    async () => {
      const context = await windowOf({});
      const api = new Api(context, stage.url);
      const made = await typePayloads(api, 'drift');
      const page = await context.newPage();
      const troubles = troublesOf(page);
      expect(await payloadsTaken(page)).toEqual([]);
      expect(await takenAt(await context.newPage(), made)).toEqual([]);
      expect(formsLeftOut()).toEqual([]);
      expect(await typeEveryForm(page)).toEqual([]);
      expect(await typeEveryField(api)).toEqual([]);
      expect(await takenAgain(page)).toEqual([]);
      expect(troubles).toEqual([]);
      await context.close();
    },
    4 * TIMEOUT_MS,
  );
});
