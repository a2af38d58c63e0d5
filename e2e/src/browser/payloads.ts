import type { Page } from 'playwright-core';
import type { Api } from './api.ts';
import { PAGES, settle } from './pages.ts';

const NOTIFICATION = 'notification.v1.NotificationService';
const ENGINE = 'opportunity.v1.EngineService';
const RISK = 'risk.v1.RiskService';

/** What a page that took it for its own would run; the name says which field it was typed in. */
const payloadOf = (field: string): string => `<img src=x onerror="ran='${field}'"> ${field}`;

/** Fields that people type, by where their text is shown again. */
const SHOWN_AT = {
  '/': ['pause', 'stop', 'halt'],
  '/risk': ['halt', 'limit'],
  '/alerts': ['key', 'reason'],
  '/alerts?tab=settings': ['person', 'venue', 'market'],
  '/admin?tab=log': ['login'],
} as const;

/** Types a payload into every one of them, as the pages do. */
export async function typePayloads(api: Api): Promise<void> {
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

/** @returns on which pages something of a payload was taken for more than text */
export async function payloadsTaken(page: Page): Promise<readonly string[]> {
  const found: string[] = [];
  const look = async (path: string): Promise<void> => {
    const taken = (await page.evaluate(TAKEN)) as readonly string[];
    found.push(...taken.map((one) => `${path}: ${one}`));
  };
  for (const [path, fields] of Object.entries(SHOWN_AT)) {
    await page.goto(path);
    await settle(page);
    await shows(page, fields);
    await look(path);
  }
  const others = Object.values(PAGES).filter((path) => !(path in SHOWN_AT));
  for (const path of others) {
    await page.goto(path);
    await settle(page);
    await look(path);
  }
  return found;
}
