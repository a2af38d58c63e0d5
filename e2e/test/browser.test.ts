import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeWithEngine, until } from '@ats/testkit';
import type { BrowserContext, Page } from 'playwright-core';
import { ats } from '../src/ats.ts';
import { Api, type ApiMethod, PASSWORD } from '../src/browser/api.ts';
import { Authenticator } from '../src/browser/authenticator.ts';
import { PAGES, settle } from '../src/browser/pages.ts';
import { openWindow, type Stage, startStage, troublesOf } from '../src/browser/stage.ts';
import { writeQuoteTape } from '../src/quote-tape.ts';
import { startTcpProxy, type TcpProxy } from '../src/tcp-proxy.ts';

const TIMEOUT_MS = 180_000;

describeWithEngine('chromium', 'a person at the dashboard', () => {
  let stage: Stage;
  let ann: BrowserContext;
  let page: Page;
  let phone: Authenticator;
  let troubles: readonly string[];
  let line: TcpProxy | undefined;

  const go = async (name: string): Promise<void> => {
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name }).click();
    await page.getByRole('heading', { name, level: 1 }).waitFor({ state: 'attached' });
  };
  const orders = () =>
    page.getByRole('region', { name: 'Orders', exact: true }).last().getByRole('row');
  /** Shows a fresh code where the page asks for one. */
  const showCode = async (): Promise<void> => {
    const asked = page.getByRole('dialog', { name: 'A fresh code, please' });
    await asked.getByLabel('Code').fill(await phone.code());
    await asked.getByRole('button', { name: 'Go on' }).click();
    await asked.waitFor({ state: 'detached' });
  };

  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ats-browser-tape-'));
    const tapes = ['--set', `backtest.dataFolder=${folder}`];
    const file = join(folder, 'drift.csv');
    await writeQuoteTape(file, { rows: 40_000 });
    const imported = await ats(['data', 'import', file, '--name', 'drift', ...tapes]);
    expect(imported).toMatchObject({ code: 0 });
    stage = await startStage([...tapes, '--set', `backtest.resultFolder=${folder}/results`]);
    ann = await openWindow(stage.browser, { url: stage.url });
    page = await ann.newPage();
    troubles = troublesOf(page);
  }, 3 * TIMEOUT_MS);
  afterAll(async () => {
    await stage?.close();
  }, TIMEOUT_MS);
  afterEach(async () => {
    await line?.close();
    line = undefined;
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
      const key = await page.getByText(/^([A-Z2-7]{4} ?){8}$/).innerText();
      phone = new Authenticator(key.replaceAll(/\s/g, ''));
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

  it(
    'sees trades being made: the state, the equity, the spreads and the waterfall are there',
    async () => {
      await page.getByRole('link', { name: 'RUNNING' }).waitFor();
      await page.getByRole('region', { name: 'Spread matrix' }).getByRole('link').first().waitFor();
      await page.getByRole('region', { name: 'Where the edge went' }).getByText('Kept').waitFor();
      await go('Trades');
      const trades = page.getByRole('region', { name: 'Trades', exact: true }).getByRole('row');
      // By key: new trades move the rows.
      await trades.filter({ hasText: 'Completed' }).first().press('Enter');
      await page.getByRole('region', { name: 'Where the edge went' }).waitFor();
      await go('Overview');
    },
    TIMEOUT_MS,
  );

  it(
    'places an order in the console, replaces and cancels it',
    async () => {
      await go('Console');
      await page.getByLabel('Market', { exact: true }).selectOption('kraken · XRP/USD');
      const verdict = page.getByRole('status', { name: 'Risk, before it is sent' });
      await page.getByLabel('Quantity, XRP').fill('12345678.9');
      await page.getByLabel('Limit price, USD').fill('1.5');
      // Risk's word before anything is sent: refused with its limit, then approved.
      await verdict.getByText('Risk would refuse it').waitFor();
      await verdict.getByText('Trade notional').waitFor();
      await page.getByLabel('Quantity, XRP').fill('123.4');
      await verdict.getByText('Risk would approve it').waitFor();
      await page.getByRole('button', { name: 'Buy XRP/USD' }).click();
      const row = orders().filter({ hasText: '123.4' });
      await row.filter({ hasText: 'Live' }).waitFor();
      await row.getByRole('button', { name: 'Replace' }).press('Enter');
      const replacing = page.getByRole('dialog', { name: 'Replace the order' });
      await replacing.getByLabel('Limit price').fill('1.6');
      await replacing.getByRole('button', { name: 'Replace' }).click();
      await replacing.waitFor({ state: 'detached' });
      await row.filter({ hasText: '1.6' }).filter({ hasText: 'Live' }).waitFor();
      await row.getByRole('button', { name: 'Cancel' }).press('Enter');
      await row.waitFor({ state: 'detached' });
    },
    TIMEOUT_MS,
  );

  it(
    'confirms a large order before it is sent',
    async () => {
      await page.getByRole('button', { name: 'Market order' }).click();
      await page.getByLabel('Quantity, XRP').fill('77.7');
      const send = page.getByRole('button', { name: 'Buy XRP/USD' });
      await send.click();
      const asked = page.getByRole('dialog', { name: 'A large order. Send it?' });
      await asked.getByRole('button', { name: 'Cancel' }).click();
      await asked.waitFor({ state: 'detached' });
      await send.click();
      await asked.getByRole('button', { name: 'Buy XRP/USD' }).click();
      await asked.waitFor({ state: 'detached' });
      await page.getByRole('button', { name: 'All', exact: true }).click();
      const sent = orders().filter({ hasText: '77.7' });
      await sent.filter({ hasText: 'Filled' }).waitFor();
      // The one that was not confirmed was never sent.
      expect(await sent.count()).toBe(1);
    },
    TIMEOUT_MS,
  );

  it(
    'halts by one confirmation, and resumes once a fresh code was shown',
    async () => {
      await page.getByRole('button', { name: 'HALT' }).click();
      const halting = page.getByRole('dialog', { name: 'Halt trading?' });
      await halting.getByLabel('Reason, for the record').fill('a drill');
      await halting.getByRole('button', { name: 'Halt trading' }).click();
      await page.getByRole('link', { name: 'HALTED' }).click();
      await page.getByRole('region', { name: 'Trading' }).getByText('Halted: a drill').waitFor();
      await page.getByRole('button', { name: 'Resume trading' }).click();
      const resuming = page.getByRole('dialog', { name: 'Resume trading?' });
      await resuming.getByLabel('Reason, for the record').fill('the drill is over');
      await resuming.getByRole('button', { name: 'Resume trading' }).click();
      await showCode();
      await page.getByRole('link', { name: 'RUNNING' }).waitFor();
      await page.getByText('Trading goes on.').waitFor();
    },
    TIMEOUT_MS,
  );

  it(
    'runs a backtest, sees how far it is while it runs, and opens its report',
    async () => {
      await go('Backtests');
      await page.getByRole('button', { name: 'New run' }).click();
      const asked = page.getByRole('dialog', { name: 'New run' });
      await asked.getByLabel('Name').fill('drifting');
      await asked.getByRole('group', { name: 'Tapes' }).getByLabel('drift').check();
      await asked.getByLabel('Strategy').fill('cross-exchange');
      await asked.getByRole('button', { name: 'Start' }).click();
      await page.getByRole('heading', { name: 'drifting', level: 1 }).waitFor();
      const shares = new Set<number>();
      const result = page.getByRole('region', { name: 'What it comes to' });
      await until(
        async () => {
          shares.add(Number(await page.evaluate(SHARE)));
          return result.isVisible();
        },
        { timeoutMs: TIMEOUT_MS, what: 'the result' },
      );
      const between = [...shares].filter((share) => share > 0 && share < 1);
      expect(between).toEqual(between.toSorted((a, b) => a - b));
      expect(between.length).toBeGreaterThan(1);
      await page.getByRole('region', { name: 'Figures' }).getByText('Sharpe').first().waitFor();
      const opened = ann.waitForEvent('page');
      await page.getByRole('link', { name: 'Open the report' }).click();
      const report = await opened;
      await report
        .getByRole('heading', { name: /drifting/ })
        .first()
        .waitFor();
      await report.close();
    },
    TIMEOUT_MS,
  );

  it.each([
    ['goes silent', 'silence'],
    ['is cut', 'cut'],
  ] as const)(
    'is told at once when the line %s; once it is back all is live and nothing is missing',
    async (_name, how) => {
      const api = new Api(ann, stage.url);
      const buy = (clientOrderId: string, quantity: string) =>
        api.must('order.v1.OrderService/SubmitOrders', {
          ...{ requestId: clientOrderId, accountId: 'main', purpose: 'ORDER_PURPOSE_ENTRY' },
          orders: [{ ...AT_MARKET, clientOrderId, quantity }],
        });
      // So that every fill is one of this test's.
      await api.must('opportunity.v1.EngineService/StopTrading', { reason: 'quiet, please' });
      line = await startTcpProxy(stage.url);
      const away = await ann.newPage();
      await away.goto(`${line.url}/console`);
      await settle(away);
      const fills = away.getByRole('region', { name: 'Executions' }).first();
      const fillOf = (quantity: string) => fills.getByRole('row').filter({ hasText: quantity });
      const lost = away.getByRole('alert').filter({ hasText: 'Not connected' });
      await buy(`${how}-before`, '11.5');
      await fillOf('11.5').waitFor();
      const live = await away.evaluate(COLOUR_OF_NUMBERS);

      line[how]();
      await lost.waitFor();
      await away.getByRole('contentinfo').getByText('not connected').waitFor();
      await fills.getByText(/as of .* ago/).waitFor();
      expect(await away.evaluate(COLOUR_OF_NUMBERS)).not.toBe(live);
      await buy(`${how}-meanwhile`, '12.5');

      line.mend();
      await lost.waitFor({ state: 'detached' });
      await fills.getByText(/as of .* ago/).waitFor({ state: 'detached' });
      await fillOf('12.5').waitFor();
      expect(await fillOf('11.5').count()).toBe(1);
      expect(await away.evaluate(COLOUR_OF_NUMBERS)).toBe(live);
      await away.close();
      await api.must('opportunity.v1.EngineService/StartTrading');
    },
    TIMEOUT_MS,
  );

  it(
    'invites a viewer, to whom nothing is offered and from whom the server takes nothing',
    async () => {
      await go('Administration');
      await page.getByRole('button', { name: 'Users' }).click();
      await page.getByRole('button', { name: 'Add a user' }).click();
      const adding = page.getByRole('dialog', { name: 'Add a user' });
      await adding.getByLabel('Name').fill('vera');
      await adding.getByLabel('Role').selectOption('Viewer');
      await adding.getByRole('button', { name: 'Add it' }).click();
      const link = await adding.getByText(/set-up#/).innerText();
      await adding.getByRole('button', { name: 'Close' }).click();
      const vera = await openWindow(stage.browser, { url: stage.url });
      await new Api(vera, stage.url).join(link.split('#')[1] ?? '', 'vera');
      await looksOnly(await vera.newPage());
      await refusedAll(new Api(vera, stage.url));
      await vera.close();
    },
    TIMEOUT_MS,
  );
});

const SHARE = `document.querySelector('progress')?.position ?? 0`;
const COLOUR_OF_NUMBERS = `getComputedStyle(
  document.querySelector('section[aria-label="Executions"] td .number'),
).color`;

const ACTS = [
  'HALT',
  'Halt',
  'Flatten',
  'Stop new trades',
  'New run',
  'Replace',
  'Cancel',
  'Users',
  'Exchange keys',
] as const;

/** Nothing that acts is on any page, nor behind its key. */
async function looksOnly(page: Page): Promise<void> {
  for (const name of ['overview', 'console', 'risk', 'trades', 'backtests', 'admin'] as const) {
    await page.goto(PAGES[name]);
    await settle(page);
    for (const act of ACTS) {
      const offered = await page.getByRole('button', { name: act, exact: true }).count();
      expect({ name, act, offered }).toEqual({ name, act, offered: 0 });
    }
    expect(await page.getByRole('region', { name: 'New order' }).count()).toBe(0);
  }
  await page.keyboard.press('Shift+H');
  expect(await page.getByRole('dialog').count()).toBe(0);
}

const AT_MARKET = {
  ...{ venue: 'kraken', instrument: 'XRP/USD', side: 'ORDER_SIDE_BUY' },
  ...{ type: 'ORDER_TYPE_MARKET', timeInForce: 'TIME_IN_FORCE_IOC', limitPrice: '' },
};

/** Far from the market: it would stand. */
const LIMIT_ORDER = {
  ...{ clientOrderId: 'v', venue: 'kraken', instrument: 'XRP/USD', side: 'ORDER_SIDE_BUY' },
  ...{ type: 'ORDER_TYPE_LIMIT', timeInForce: 'TIME_IN_FORCE_GTC' },
  ...{ quantity: '100', limitPrice: '1.5', postOnly: false },
};

/** What the pages hide, the server refuses as well. */
async function refusedAll(api: Api): Promise<void> {
  const calls: readonly [method: ApiMethod, request: object][] = [
    [
      'order.v1.OrderService/SubmitOrders',
      { requestId: 'v', accountId: 'main', orders: [LIMIT_ORDER] },
    ],
    ['risk.v1.RiskService/PreviewOrders', { accountId: 'main', orders: [] }],
    ['order.v1.OrderService/ReplaceOrder', { requestId: 'v', orderId: 'o', quantity: '1' }],
    ['order.v1.OrderService/CancelOrder', { requestId: 'v', orderId: 'o' }],
    ['risk.v1.RiskService/EmergencyHalt', { reason: 'v', mode: 'HALT_MODE_HALTED' }],
    ['risk.v1.RiskService/ResumeTrading', { reason: 'v' }],
    ['opportunity.v1.EngineService/StopTrading', { reason: 'v' }],
    ['backtest.v1.BacktestService/StartBacktest', { requestId: 'v' }],
    ['access.v1.AccessService/AddUser', { userName: 'eve', role: 'administrator' }],
    ['access.v1.AccessService/ListUsers', {}],
  ];
  for (const [method, request] of calls) {
    const answer = await api.call(method, request);
    expect({ method, ...answer }).toMatchObject({
      ...{ method, status: 403, json: { code: 'REQUEST_FORBIDDEN' } },
    });
  }
}
