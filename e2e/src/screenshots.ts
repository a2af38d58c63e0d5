import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { until } from '@ats/testkit';
import type { Browser, BrowserContext } from 'playwright-core';
import { Api } from './browser/api.ts';
import { keepPicture } from './browser/keep-picture.ts';
import {
  barriersOf,
  forEachAtOnce,
  overflowOf,
  PAGES,
  pagesWithTrade,
  settle,
} from './browser/pages.ts';
import { openBrowser, openWindow, startStage, troublesOf } from './browser/stage.ts';

const HELP = `Usage: npm run screenshots -- --out DIR [--only overview,risk] [--sizes wide] [--webp]

Takes a picture of every page, dark and light, wide and as on a phone, and says which pages axe,
the console or their own width finds fault with. It starts ATS with the simulated exchanges on free
ports and data of its own, makes an administrator and lets it trade for half a minute.

  --out DIR        where pictures go; default ./screenshots
  --only a,b       only these pages: trade, ${Object.keys(PAGES).join(', ')}
  --sizes a,b      wide, narrow; default both
  --language ko    default en
  --trade-seconds  how long to trade before the first picture; default 30
  --webp           WebP, a tenth of the bytes, as docs/images has them; default PNG
  --url URL        of a dashboard that runs already, with --user and --password
  --help           print this

Exit codes: 0 done, 1 something was found wrong on a page, 2 wrong usage.
`;

const SIZES = { wide: { width: 1440, height: 900 }, narrow: { width: 375, height: 812 } } as const;
const THEMES = ['dark', 'light'] as const;

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: 'screenshots' },
    only: { type: 'string', default: '' },
    sizes: { type: 'string', default: Object.keys(SIZES).join(',') },
    language: { type: 'string', default: 'en' },
    'trade-seconds': { type: 'string', default: '30' },
    webp: { type: 'boolean', default: false },
    url: { type: 'string' },
    user: { type: 'string', default: '' },
    password: { type: 'string', default: '' },
    help: { type: 'boolean', default: false },
  },
});

interface Picture {
  readonly name: string;
  readonly path: string;
  readonly theme: (typeof THEMES)[number];
  readonly size: keyof typeof SIZES;
}

interface Studio {
  readonly browser: Browser;
  readonly url: string;
  readonly cookies: Awaited<ReturnType<BrowserContext['cookies']>>;
}

/** @returns what is wrong with the page, a line each */
async function take({ browser, url, cookies }: Studio, picture: Picture): Promise<string[]> {
  const { name, path, theme, size } = picture;
  const language = values.language === 'ko' ? 'ko' : 'en';
  const context = await openWindow(browser, { url, theme, language, ...SIZES[size] });
  await context.addCookies(cookies);
  const page = await context.newPage();
  const troubles = troublesOf(page);
  await page.goto(path);
  await settle(page);
  await keepPicture(page, {
    path: join(values.out, `${name}-${theme}-${size}`),
    webp: values.webp,
  });
  const overflow = await overflowOf(page);
  const wrong = [...troubles, ...(await barriersOf(page))];
  if (overflow > 0) wrong.push(`wider than the window by ${overflow} px`);
  await context.close();
  return wrong.map((line) => `${name} ${theme} ${size}: ${line}`);
}

function wanted(pages: Readonly<Record<string, string>>): Picture[] {
  const only = new Set(values.only === '' ? Object.keys(pages) : values.only.split(','));
  const sizes = (Object.keys(SIZES) as (keyof typeof SIZES)[]).filter((size) =>
    values.sizes.split(',').includes(size),
  );
  return Object.entries(pages)
    .filter(([name]) => only.has(name))
    .flatMap(([name, path]) =>
      THEMES.flatMap((theme) => sizes.map((size) => ({ name, path, theme, size }))),
    );
}

/** @param context of who is logged in @returns how much was found wrong */
async function takeAll(browser: Browser, context: BrowserContext, url: string): Promise<number> {
  mkdirSync(values.out, { recursive: true });
  const studio = { browser, url, cookies: await context.cookies() };
  const pictures = wanted(await pagesWithTrade(new Api(context, url)));
  let wrong = 0;
  await forEachAtOnce(pictures, async (picture) => {
    // A page that does not come up must not cost the pictures of the others.
    const lines = await take(studio, picture).catch((error) => [String(error)]);
    for (const line of lines) console.info(line);
    wrong += lines.length;
  });
  return wrong;
}

/** Logs in at a dashboard that runs. */
async function visit(url: string): Promise<number> {
  const browser = await openBrowser();
  const context = await openWindow(browser, { url });
  const form = { userName: values.user, password: values.password };
  const { status, json } = await new Api(context, url).post('/api/auth/login', form);
  if ((json as { readonly next?: string }).next !== 'done') {
    throw new Error(`the login failed: ${status} ${JSON.stringify(json)}`);
  }
  const wrong = await takeAll(browser, context, url);
  await browser.close();
  return wrong;
}

async function startAndVisit(): Promise<number> {
  const stage = await startStage();
  const context = await openWindow(stage.browser, { url: stage.url });
  await new Api(context, stage.url).setUp(stage.setUpToken, 'ann');
  const tradeMs = Number(values['trade-seconds']) * 1000;
  const enoughAt = performance.now() + tradeMs;
  await until(() => performance.now() > enoughAt, { timeoutMs: 2 * tradeMs, periodMs: 500 });
  const wrong = await takeAll(stage.browser, context, stage.url);
  await stage.close();
  return wrong;
}

if (values.help) {
  process.stdout.write(HELP);
} else {
  const wrong = await (values.url === undefined ? startAndVisit() : visit(values.url));
  console.info(`${wrong} found wrong; pictures are in ${values.out}`);
  process.exitCode = wrong === 0 ? 0 : 1;
}
