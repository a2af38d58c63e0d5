import { until } from '@ats/testkit';
import type { Page } from 'playwright-core';
import type { Api } from './api.ts';
import { PAGES, settle } from './pages.ts';
import { PATIENCE_MS } from './stage.ts';

const NOTIFICATION = 'notification.v1.NotificationService';
const ENGINE = 'opportunity.v1.EngineService';
const BACKTEST = 'backtest.v1.BacktestService';
const RISK = 'risk.v1.RiskService';

/** What a page that took it for its own would run; the name says which field it was typed in. */
export const payloadOf = (field: string): string => `<img src=x onerror="ran='${field}'"> ${field}`;

/** Fields that people type, by where their text is shown again. */
const SHOWN_AT = {
  '/': ['pause', 'stop', 'halt'],
  '/risk': ['halt', 'limit'],
  '/alerts': ['key', 'reason'],
  '/backtests': ['run', 'strategy'],
  '/alerts?tab=settings': ['person', 'venue', 'market'],
  '/admin?tab=log': ['login'],
} as const;

/**
 * Types a payload into every one of them, as the pages do.
 * @param tape of which a backtest is made @returns the pages of what was made
 */
export async function typePayloads(api: Api, tape: string): Promise<readonly string[]> {
  const run = { tapes: [tape], name: payloadOf('run'), seed: 7 };
  const named = await api.must(`${BACKTEST}/StartBacktest`, { requestId: 'named', spec: run });
  const spec = { ...run, name: '', strategy: payloadOf('strategy') };
  const failing = await api.must(`${BACKTEST}/StartBacktest`, { requestId: 'failing', spec });

  const person = { personId: 'eve', name: payloadOf('person'), locale: 'en', zone: 'UTC' };
  await api.must(`${NOTIFICATION}/PutPerson`, { person: { ...person, digestAt: '08:00' } });
  const about = { venue: payloadOf('venue'), instrument: payloadOf('market') };
  const how = { severityMin: 'SEVERITY_INFO', frequency: 'FREQUENCY_IMMEDIATE' };
  const rule = { personId: 'eve', channel: 'bell', ...how, ...about };
  await api.must(`${NOTIFICATION}/PutRule`, { rule });
  const mute = { key: payloadOf('key'), reason: payloadOf('reason') };
  await api.must(`${NOTIFICATION}/PutMute`, { mute });
  await api.must(`${ENGINE}/PauseEngine`, { reason: payloadOf('pause') });
  await api.must(`${ENGINE}/StopTrading`, { reason: payloadOf('stop') });
  const { version: expectedVersion } = await api.must(`${RISK}/GetRiskLimits`);
  const changes = [{ name: 'lossPerDay', warn: '1' }];
  const limit = { changes, reason: payloadOf('limit'), expectedVersion };
  await api.must(`${RISK}/UpdateRiskLimits`, limit);
  const halt = { reason: payloadOf('halt'), mode: 'HALT_MODE_REDUCING' };
  await api.must(`${RISK}/EmergencyHalt`, halt);
  // Whoever is not even let in has this text in the access log.
  const login = { userName: payloadOf('login'), password: 'wrong' };
  await api.post('/api/auth/login', login);
  const runs = [named, failing].map(({ run }) => run?.runId ?? '');
  await until(
    async () => {
      const asked = runs.map((runId) => api.must(`${BACKTEST}/GetBacktest`, { runId }));
      const states = (await Promise.all(asked)).map(({ run }) => run?.state ?? '');
      return states.every((state) => /DONE|FAILED/.test(state));
    },
    { timeoutMs: PATIENCE_MS, what: 'both runs to end' },
  );
  return [...runs.map((runId) => `/backtests/${runId}`), `/api/backtests/${runs[0]}/report.html`];
}

/** Runs in the page: what of the payloads became more than text, or has run. */
const TAKEN = `[
  ...[...document.querySelectorAll('img[src="x"], [onerror]')].map(({ outerHTML }) => outerHTML),
  ...(typeof ran === 'undefined' ? [] : ['ran: ' + ran]),
]`;

/** Waits until the fields are shown, as text or as the note of something. */
async function shows(page: Page, fields: readonly string[]): Promise<void> {
  for (const field of fields) {
    const text = payloadOf(field);
    await page.getByText(text).or(page.getByTitle(text)).first().waitFor({ state: 'attached' });
  }
}

/** @returns what of payloads the page has taken for more than text */
export const taken = async (page: Page): Promise<readonly string[]> =>
  (await page.evaluate(TAKEN)) as readonly string[];

/** Looks at every page once the fields are shown that it is to show. @returns what was taken */
export async function payloadsTaken(page: Page): Promise<readonly string[]> {
  const found = [...(await takenAgain(page))];
  for (const [path, fields] of Object.entries(SHOWN_AT)) {
    await page.goto(path);
    await settle(page);
    await shows(page, fields);
    found.push(...(await taken(page)).map((one) => `${path}: ${one}`));
  }
  return found;
}

/** Looks at every page, whatever is shown there by now. @returns what was taken for more */
export async function takenAgain(page: Page): Promise<readonly string[]> {
  const found: string[] = [];
  for (const path of Object.values(PAGES)) {
    await page.goto(path);
    await settle(page);
    found.push(...(await taken(page)).map((one) => `${path}: ${one}`));
  }
  return found;
}

/** The same of pages that a payload is certain to be on, such as that of a run. */
export async function takenAt(page: Page, paths: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const path of paths) {
    await page.goto(path);
    await page.getByText('<img src=x').first().waitFor({ state: 'attached' });
    found.push(...(await taken(page)).map((one) => `${path}: ${one}`));
  }
  return found;
}
