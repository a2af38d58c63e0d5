import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from '@ats/testkit';
import type { Page } from 'playwright-core';
import { PAGES, settle } from './pages.ts';
import { payloadOf, taken } from './payloads.ts';
import { PATIENCE_MS } from './stage.ts';

const WEB = fileURLToPath(new URL('../../../modules/ui-dashboard/web/src', import.meta.url));

interface Form {
  readonly at: string;
  /** Buttons that lead to it, each pressed in turn. */
  readonly by: readonly string[];
}

const form = (at: string, ...by: readonly string[]): Form => ({ at, by });
const SETTINGS = PAGES.notifications;

/** Where each source that has fields to type in shows them. */
const FORMS: Readonly<Record<string, readonly Form[]>> = {
  'frame/halt-dialog.tsx': [form('/', 'HALT')],
  'frame/palette.tsx': [form('/', 'Go to, or do Ctrl K')],
  'pages/access/login.tsx': [form(PAGES.login)],
  'pages/access/set-up.tsx': [form(PAGES['set-up'])],
  'pages/admin/access-log.tsx': [form('/admin?tab=log')],
  'pages/admin/keys.tsx': [form(PAGES.keys)],
  'pages/admin/me.tsx': [form('/admin?tab=me')],
  'pages/admin/users.tsx': [form(PAGES.users, 'Add a user')],
  'pages/alerts/escalation.tsx': [form(SETTINGS, 'Add a rule')],
  'pages/alerts/mute-dialog.tsx': [form(PAGES.alerts, 'Mute something')],
  'pages/alerts/person-dialog.tsx': [form(SETTINGS, 'Add a person'), form(SETTINGS, 'Change')],
  'pages/alerts/quiet-hours.tsx': [form(SETTINGS, 'Add a person', 'Add quiet hours')],
  'pages/alerts/rule-dialog.tsx': [form(SETTINGS, 'Add a rule')],
  'pages/backtests/backtests.tsx': [form(PAGES.backtests)],
  'pages/backtests/new-run.tsx': [form(PAGES.backtests, 'New run')],
  'pages/console/ticket-fields.tsx': [form(PAGES.console)],
  'pages/reports/reports.tsx': [form(PAGES.reports)],
  'pages/risk/edit-limit.tsx': [form(PAGES.risk, 'Change')],
  'pages/system/audit.tsx': [form('/system?tab=audit')],
  'pages/system/faults.tsx': [form('/system?tab=faults')],
  'pages/trades/manual-trade.tsx': [form(PAGES.trades, 'Trade by hand')],
  'ui/asset-venue-filter.tsx': [form(PAGES.trades), form(PAGES.opportunities)],
  // A confirmation that names what a person has typed.
  'ui/confirm-button.tsx': [form(SETTINGS, 'Remove')],
};

/** Shown only while something stands or is asked; they take digits alone. */
const DIGITS_ALONE = [
  'frame/step-up.tsx',
  'pages/access/authenticator.tsx',
  'pages/console/replace-dialog.tsx',
] as const;

/** @returns the sources with fields that no form above is of */
export function formsLeftOut(): readonly string[] {
  const known = new Set<string>([...Object.keys(FORMS), ...DIGITS_ALONE, 'ui/field.tsx']);
  return readdirSync(WEB, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.tsx') && !known.has(name))
    .filter((name) =>
      /<(Field|input|textarea|Command\.Input)\b/.test(readFileSync(join(WEB, name), 'utf8')),
    );
}

/** Runs in the page: it is closed, or says what is wrong. */
const ANSWERED = `document.querySelector('[role="dialog"]') === null || document.querySelector(
  '[role="dialog"] :is(:invalid, .problem, [type="submit"]:disabled, [cmdk-empty])',
) !== null`;
const IS_TEXT =
  ':is(input:not([type]), input[type="text"], input[type="search"], textarea):not([readonly])';

async function typeInto(page: Page, { at, by }: Form): Promise<void> {
  await page.goto(at);
  await settle(page);
  for (const name of by) {
    // The last: of people, where rules have such a button as well.
    await page.getByRole('button', { name, exact: true }).last().press('Enter');
  }
  const dialog = page.getByRole('dialog');
  const within = by.length > 0 ? dialog : page.getByRole('main');
  await within.first().waitFor();
  const fields = within.locator(IS_TEXT);
  const count = await fields.count();
  if (count === 0) return;
  for (let index = 0; index < count; index += 1) await fields.nth(index).fill(payloadOf('typed'));
  await fields.last().press('Enter');
  const what = `an answer to the form at ${at}`;
  await until(() => page.evaluate(ANSWERED), { timeoutMs: PATIENCE_MS, periodMs: 50, what });
}

/** Types a payload into every form there is, and sends it. @returns what was taken for more */
export async function typeEveryForm(page: Page): Promise<readonly string[]> {
  const found: string[] = [];
  for (const [source, forms] of Object.entries(FORMS)) {
    for (const one of forms) {
      await typeInto(page, one);
      for (const line of await taken(page)) found.push(`${source}: ${line}`);
    }
  }
  return found;
}
