import { describeWithEngine, until } from '@ats/testkit';
import type { BrowserContext, Page } from 'playwright-core';
import { Api, PASSWORD } from '../src/browser/api.ts';
import { Authenticator } from '../src/browser/authenticator.ts';
import { openWindow, PATIENCE_MS, type Stage, startStage, troublesOf } from '../src/browser/stage.ts';

const PATIENT = { timeoutMs: PATIENCE_MS, periodMs: 100 };
const TIMEOUT_MS = 180_000;

describeWithEngine('chromium', 'a person at the dashboard', () => {
  let stage: Stage;
  let ann: BrowserContext;
  let page: Page;
  let phone: Authenticator;
  let troubles: readonly string[];

  const go = async (name: string): Promise<void> => {
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name }).click();
    await page.getByRole('heading', { name, level: 1 }).waitFor({ state: 'attached' });
  };
  /** Shows a fresh code where the page asks for one. */
  const showCode = async (): Promise<void> => {
    const asked = page.getByRole('dialog', { name: 'A fresh code, please' });
    await asked.getByLabel('Code').fill(await phone.code());
    await asked.getByRole('button', { name: 'Go on' }).click();
    await asked.waitFor({ state: 'detached' });
  };

  beforeAll(async () => {
    stage = await startStage();
    ann = await openWindow(stage.browser, { url: stage.url });
    page = await ann.newPage();
    troubles = troublesOf(page);
  }, 2 * TIMEOUT_MS);
  afterAll(async () => {
    await stage?.close();
  }, TIMEOUT_MS);
  afterEach(() => {
    expect(troubles).toEqual([]);
  });

  it(
    'comes in by the set-up link: a password, an authenticator by its QR code, backup codes',
    async () => {
      await page.goto(`/set-up#${stage.setUpToken}`);
      await page.getByLabel('Name').fill('ann');
      await page.getByLabel('Password').fill('short');
      await page.getByText('7 more characters.').waitFor();
      await page.getByLabel('Password').fill(PASSWORD);
      await page.getByRole('button', { name: 'Go on' }).click();
      await page.getByRole('button', { name: 'Show the QR code' }).click();
      await page.getByRole('img', { name: 'QR code for your authenticator' }).waitFor();
      // Who cannot scan it types it, and so does this test.
      phone = new Authenticator(await page.getByText(/^[A-Z2-7]{32}$/).innerText());
      await page.getByLabel('The code that it shows').fill(await phone.code());
      await page.getByRole('button', { name: 'Confirm' }).click();
      const codes = page.getByRole('listitem').filter({ hasText: /^[0-9a-f-]{19}$/ });
      await codes.first().waitFor();
      expect(await codes.count()).toBe(10);
      await page.getByRole('button', { name: 'I have kept them' }).click();
      await page.getByRole('heading', { name: 'Overview' }).waitFor({ state: 'attached' });
      // The link is worth nothing any more, and its token is not left in the address.
      expect(page.url()).toBe(`${stage.url}/`);
    },
    TIMEOUT_MS,
  );
});
