/**
 * Opens every page of a running dashboard, dark and light, wide and narrow, and keeps a picture of
 * each; pages that log errors or that axe finds fault with are named. Chromium from CHROMIUM, or
 * /usr/bin/chromium.
 *
 *   node modules/ui-dashboard/web/scripts/screenshots.ts --url http://127.0.0.1:8080 \
 *     --user ann --password "..." --out /tmp/pictures [--only risk,markets] [--language ko]
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import axe from 'axe-core';
import { type BrowserContext, chromium, type Page } from 'playwright-core';

const PAGES: readonly (readonly [name: string, path: string])[] = [
  ['overview', '/'],
  ['markets', '/markets'],
  ['matrix', '/markets?view=matrix'],
  ['opportunities', '/opportunities'],
  ['why', '/opportunities?view=why'],
  ['trades', '/trades'],
  ['console', '/console?orders=all'],
  ['risk', '/risk'],
  ['backtests', '/backtests'],
  ['inventory', '/inventory'],
  ['alerts', '/alerts'],
  ['notifications', '/alerts?tab=settings'],
  ['reports', '/reports'],
  ['system', '/system'],
  ['admin', '/admin'],
  ['users', '/admin?tab=users'],
  ['keys', '/admin?tab=keys'],
  ['login', '/login'],
  ['set-up', '/set-up'],
];

const SIZES = { wide: { width: 1440, height: 900 }, narrow: { width: 375, height: 812 } } as const;
const THEMES = ['dark', 'light'] as const;
const SETTLE_MS = 3000;

const { values } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:8080' },
    user: { type: 'string', default: '' },
    password: { type: 'string', default: '' },
    out: { type: 'string', default: '/tmp/ats-pictures' },
    only: { type: 'string', default: '' },
    language: { type: 'string', default: 'en' },
  },
});

async function logIn(context: BrowserContext): Promise<void> {
  if (values.user === '') return;
  const data = { userName: values.user, password: values.password };
  const headers = { origin: values.url };
  const answer = await context.request.post(`${values.url}/api/auth/login`, { data, headers });
  if (!answer.ok()) throw new Error(`The login failed: ${await answer.text()}`);
}

interface AxeFinding {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly target: readonly string[] }[];
}

/** @returns a line for each fault; axe is put in beside the policy of the server */
async function faultsOf(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const found = (await page.evaluate(
    "axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa'] }).then((r) => r.violations)",
  )) as readonly AxeFinding[];
  return found.map(({ id, impact, nodes }) => {
    const [first] = nodes;
    return `${impact}: ${id} (${nodes.length}) ${first?.target.join(' ')}`;
  });
}

interface Picture {
  readonly context: BrowserContext;
  readonly name: string;
  readonly path: string;
  readonly file: string;
}

async function take({ context, name, path, file }: Picture): Promise<number> {
  const page = await context.newPage();
  const troubles: string[] = [];
  page.on('console', (line) => line.type() === 'error' && troubles.push(line.text()));
  page.on('pageerror', (error) => troubles.push(error.message));
  await page.goto(`${values.url}${path}`);
  await page.waitForTimeout(SETTLE_MS);
  await page.screenshot({ path: file });
  const overflow = await page.evaluate(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  );
  if (Number(overflow) > 0) troubles.push(`wider than the window by ${overflow} px`);
  const faults = [...troubles, ...(await faultsOf(page))];
  for (const fault of faults) console.info(`  ${name}: ${fault}`);
  await page.close();
  return faults.length;
}

const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
mkdirSync(values.out, { recursive: true });
const chosen = values.only === '' ? undefined : new Set(values.only.split(','));
let faults = 0;
for (const theme of THEMES) {
  for (const [size, viewport] of Object.entries(SIZES)) {
    const context = await browser.newContext({ viewport, bypassCSP: false });
    const preferences = { theme, density: 'compact', language: values.language };
    const text = JSON.stringify(JSON.stringify(preferences));
    await context.addInitScript(`localStorage.setItem('ats.preferences', ${text})`);
    await logIn(context);
    for (const [name, path] of PAGES) {
      if (chosen !== undefined && !chosen.has(name)) continue;
      const file = join(values.out, `${name}-${theme}-${size}.png`);
      faults += await take({ context, name: `${name} ${theme} ${size}`, path, file });
    }
    await context.close();
  }
}
await browser.close();
console.info(`${faults} faults`);
process.exitCode = faults === 0 ? 0 : 1;
