import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describeWithEngine, findEngine } from '@ats/testkit';
import { type Browser, chromium, type Page } from 'playwright-core';
import {
  type ComparedRun,
  compareRuns,
  comparisonHtml,
  equityCsv,
  figuresOf,
  jsonReport,
  metricsOf,
  type RunRecord,
  reportHtml,
  tradesCsv,
} from '../../../src/index.ts';
import { sampleRecord } from '../../sample-record.ts';

const CHROMIUM = findEngine('chromium');
const WIDTHS = [1280, 375];

const html = (record: RunRecord): Promise<string> =>
  reportHtml({ id: 'sample-0123', record, metrics: metricsOf(record) });

describe('reports for programs', () => {
  const record = sampleRecord({ trades: 2, hours: 1 });

  it('have every digit of trades and of equity as CSV', () => {
    const [head, first] = tradesCsv(record).split('\n');
    expect(head).toBe(
      'trade_id,state,reason,created_at_us,ended_at_us,base,buy_venue,sell_venue,quantity,' +
        'numeraire,quoted,staleness,fees,slippage,unwind,realised,unhedged_usd_seconds',
    );
    const [trade] = record.trades;
    const { quoted, staleness, fees, slippage, unwind, realised } = trade?.waterfall ?? {};
    const steps = [quoted, staleness, fees, slippage, unwind, realised].join(',');
    expect(first).toContain(`trade-0,${trade?.state},APPROVED,`);
    expect(first).toContain(`,USDT,${steps},`);
    const points = equityCsv(record).trim().split('\n');
    expect(points).toHaveLength(record.equity.length + 1);
    expect(points[1]).toBe('1710115200000000,500000.0000,0.00');
  });

  it('have figures with names, units and no number that JSON cannot say', () => {
    const report = jsonReport(record, { id: 'x', metrics: metricsOf(record) });
    const text = JSON.stringify(report);
    const { figures, trades } = JSON.parse(text) as {
      readonly figures: readonly { readonly name: string; readonly value: unknown }[];
      readonly trades: readonly { readonly state: string }[];
    };
    expect(trades.map(({ state }) => state)).toEqual(record.trades.map(({ state }) => state));
    expect(new Set(figures.map(({ name }) => name)).size).toBe(figures.length);
    expect(figures.find(({ name }) => name === 'trading.cagr')?.value).toBeNull();
    expect(figures.find(({ name }) => name === 'equityStart')?.value).toBe('500000.0000');
  });
});

describeWithEngine('chromium', 'a report in a browser', () => {
  let browser: Browser;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'reports-'));
    const args = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'];
    browser = await chromium.launch({ executablePath: CHROMIUM ?? '', args, timeout: 60_000 });
  }, 90_000);
  afterAll(async () => {
    await browser.close();
    await rm(folder, { recursive: true });
  });

  async function open(text: string, width: number): Promise<{ page: Page; bad: string[] }> {
    const file = join(folder, 'page.html');
    await writeFile(file, text);
    const page = await browser.newPage({ viewport: { width, height: 800 } });
    const bad: string[] = [];
    page.on('console', (message) => bad.push(message.text()));
    page.on('pageerror', (problem) => bad.push(String(problem)));
    page.on('request', (request) => {
      if (request.url() !== pathToFileURL(file).href) bad.push(request.url());
    });
    await page.goto(pathToFileURL(file).href);
    return { page, bad };
  }

  it.each(WIDTHS)('asks for nothing, complains of nothing and fits %d pixels', async (width) => {
    for (const record of [sampleRecord(), sampleRecord({ trades: 0 })]) {
      const { page, bad } = await open(await html(record), width);
      const wide = await page.evaluate('document.documentElement.scrollWidth');
      expect(wide).toBeLessThanOrEqual(width);
      expect(bad).toEqual([]);
      await page.close();
    }
  });

  it('forbids what would be asked for, and runs no script but its own', async () => {
    let asked = 0;
    const server = createServer((_request, response) => {
      asked += 1;
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const image = `<img src="http://127.0.0.1:${port}/x">`;
    const more = `${image}<script>document.title = "taken"</script>`;
    const text = (await html(sampleRecord())).replace('</main>', `${more}</main>`);
    const { page, bad } = await open(text, 1280);
    expect(await page.title()).toBe('sample');
    expect(bad.filter((line) => line.includes('Content Security Policy'))).toHaveLength(2);
    expect(asked).toBe(0);
    await page.close();
    server.close();
  });

  it('sorts trades by what they kept, and filters them', async () => {
    const record = sampleRecord({ trades: 40 });
    const { page } = await open(await html(record), 1280);
    const column = 10;
    const kept = () =>
      page.$$eval(`table[data-sortable] tbody tr:not([hidden]) td:nth-child(${column})`, (all) =>
        all.map((cell) => Number((cell as unknown as { dataset: { v: string } }).dataset.v)),
      );
    await page.getByRole('button', { name: 'kept' }).click();
    const falling = await kept();
    expect(falling).toHaveLength(40);
    expect(falling).toEqual([...falling].sort((a, b) => b - a));
    await page.getByRole('searchbox').fill('ETH kraken');
    const wanted = record.trades.filter(
      ({ base, legs }) => base === 'ETH' && legs.some(({ venue }) => venue === 'kraken'),
    );
    expect(await kept()).toHaveLength(wanted.length);
    await page.close();
  });

  it('shows names that are markup as they are', async () => {
    const name = '<b onclick="x()">&amp;</b>';
    const { page } = await open(await html(sampleRecord({ name })), 1280);
    expect(await page.textContent('h1')).toBe(name);
    await page.close();
  });

  it('sets runs side by side', async () => {
    const records = [sampleRecord({ name: 'wide' }), sampleRecord({ name: 'thin', seed: 8 })];
    const comparison = compareRuns(
      records.map((record) => ({
        id: record.spec.name,
        spec: record.spec,
        inputs: 'alike',
        numeraire: record.numeraire,
        figures: figuresOf(metricsOf(record)),
      })),
    );
    const { page, bad } = await open(await comparisonHtml({ comparison, records }), 375);
    expect(await page.textContent('main')).toContain('Profit of trading');
    expect(comparison.settings).toEqual([{ setting: 'seed', values: ['7', '8'] }]);
    expect(comparison.warnings).toEqual([]);
    const [first, second] = comparison.runs as [ComparedRun, ComparedRun];
    const { warnings } = compareRuns([first, { ...second, inputs: 'other fees' }]);
    expect(warnings).toEqual([expect.stringMatching(/configuration.*differ/)]);
    expect(bad).toEqual([]);
    await page.close();
  });
});
