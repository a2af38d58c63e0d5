import type { Locator, Page } from 'playwright-core';
import { settle } from './pages.ts';

const opened = async (page: Page, { on, name }: { on: Locator; name: string }) => {
  await on.getByRole('button', { name, exact: true }).press('Enter');
  return page.getByRole('dialog', { name, exact: true });
};

/** Mutes an area from the page of alerts, sees it listed and ends it again, all by key. */
export async function muteAndEnd(page: Page, look: (page: Page) => Promise<void>): Promise<void> {
  await page.goto('/alerts');
  await settle(page);
  const muted = page.getByRole('region', { name: 'Muted' });
  const asked = await opened(page, { on: muted, name: 'Mute something' });
  await asked.getByLabel('What', { exact: true }).selectOption('Everything about Trade');
  await asked.getByText('Emergencies are told all the same.').waitFor();
  await asked.getByRole('button', { name: '4 h', exact: true }).press('Enter');
  await look(page);
  await asked.getByLabel('Reason, for the record').fill('maintenance');
  await asked.getByRole('button', { name: 'Mute', exact: true }).press('Enter');
  await asked.waitFor({ state: 'detached' });
  const line = muted.getByRole('listitem').filter({ hasText: 'Everything about Trade' });
  await line.filter({ hasText: 'ann: maintenance' }).filter({ hasText: 'snoozed' }).waitFor();
  await line.getByRole('button', { name: 'Tell again' }).press('Enter');
  await line.waitFor({ state: 'detached' });
}

/** Adds a person who sleeps on weekdays, then one who works, and changes the hours of the first. */
export async function setQuietHours(page: Page, look: (page: Page) => Promise<void>) {
  await page.goto('/alerts?tab=settings');
  await settle(page);
  const people = page.getByRole('region', { name: 'People' });
  const adding = await opened(page, { on: people, name: 'Add a person' });
  await adding.getByLabel('Short name').fill('ben');
  await adding.getByLabel('Name', { exact: true }).fill('Ben');
  await adding.getByRole('button', { name: 'Add quiet hours' }).press('Enter');
  for (const day of ['Mon', 'Tue', 'Wed', 'Thu', 'Fri']) {
    await adding.getByRole('button', { name: day, exact: true }).press('Enter');
  }
  await look(page);
  await adding.getByRole('button', { name: 'Add it' }).press('Enter');
  await adding.waitFor({ state: 'detached' });
  const ben = people.getByRole('listitem').filter({ hasText: 'Ben' });
  await ben.getByText('quiet from 22:00 to 07:00, Mon–Fri').waitFor();
  await ben.getByRole('button', { name: 'Change' }).press('Enter');
  const changing = page.getByRole('dialog', { name: 'Change Ben' });
  await changing.getByLabel('From').fill('23:30');
  await changing.getByRole('button', { name: 'Add quiet hours' }).press('Enter');
  await changing.getByRole('group', { name: 'On which days' }).last().getByText('Sun').click();
  await changing.getByRole('button', { name: 'Change it' }).press('Enter');
  await changing.waitFor({ state: 'detached' });
  await ben.getByText('quiet from 23:30 to 07:00, Mon–Fri').waitFor();
  await ben.getByText('quiet from 22:00 to 07:00, Sun').waitFor();
}

/** Makes a rule that goes on to a second person, and gives that person longer. */
export async function escalateRule(page: Page, look: (page: Page) => Promise<void>): Promise<void> {
  const rules = page.getByRole('region', { name: 'Rules' });
  const adding = await opened(page, { on: rules, name: 'Add a rule' });
  await adding.getByLabel('Whom').selectOption('Ben');
  await adding.getByLabel('Then tell').selectOption('Cy');
  await adding.getByLabel('Minutes that each has').fill('10');
  await look(page);
  await adding.getByRole('button', { name: 'Add it' }).press('Enter');
  await adding.waitFor({ state: 'detached' });
  const rule = rules.getByRole('listitem').filter({ hasText: 'ben' });
  await rule.getByText('then cy: 10 min each').waitFor();
  await rule.getByRole('button', { name: 'Change' }).press('Enter');
  const changing = page.getByRole('dialog', { name: 'Change the rule' });
  await changing.getByLabel('Minutes that each has').fill('30');
  await changing.getByRole('button', { name: 'Change it' }).press('Enter');
  await changing.waitFor({ state: 'detached' });
  await rule.getByText('then cy: 30 min each').waitFor();
}
