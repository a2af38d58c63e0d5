import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { keepPicture } from './browser/keep-picture.ts';
import { openBrowser } from './browser/stage.ts';
import { type DrawnPanel, drawPanels } from './draw-panels.ts';
import { curvesOf, provisionedDashboards, startWatching } from './grafana-dashboards.ts';
import { startMonitoredSystem } from './monitored-system.ts';

const HELP = `Usage: npm run dashboards:pictures -- [--out DIR] [--seconds 60] [--webp]

Takes a picture of every dashboard of infra/grafana, without Grafana: starts ATS with the simulated
exchanges and a Prometheus that watches it, asks it what the panels ask, and draws the answers in
Chromium, panel by panel where Grafana would have them.

  --out DIR    where pictures go; default ./screenshots
  --seconds N  how long it trades first; default 60
  --webp       WebP instead of PNG

Exit codes: 0 done, 1 a panel has nothing to show.
`;

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: 'screenshots' },
    seconds: { type: 'string', default: '60' },
    webp: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const ECHARTS = createRequire(import.meta.url).resolve('echarts/dist/echarts.min.js');
const WIDTH = 1600;

async function picture(
  page: Page,
  name: string,
  shown: { readonly title: string; readonly panels: readonly DrawnPanel[] },
): Promise<void> {
  const height = await drawPanels({ page, echarts: ECHARTS }, shown);
  await page.setViewportSize({ width: WIDTH, height: Math.ceil(height) });
  await keepPicture(page, { path: join(values.out, `grafana-${name}`), webp: values.webp });
}

async function main(): Promise<number> {
  mkdirSync(values.out, { recursive: true });
  const system = await startMonitoredSystem();
  const prometheus = await startWatching(system);
  const browser = await openBrowser();
  let empty = 0;
  try {
    const page = await browser.newPage({ viewport: { width: WIDTH, height: 900 } });
    await sleep(Number(values.seconds) * 1000);
    const to = Math.floor(Date.now() / 1000);
    const asked = { url: prometheus.url, from: to - Number(values.seconds), to };
    for (const { file, title, panels } of provisionedDashboards()) {
      const drawn = await Promise.all(
        panels.map(async (panel): Promise<DrawnPanel> => {
          const { unit } = panel.fieldConfig.defaults;
          const curves = await curvesOf(panel, asked);
          if (curves.length === 0) {
            empty += 1;
            process.stdout.write(`${title}: ${panel.title}: nothing to show\n`);
          }
          return { title: panel.title, unit, kind: panel.type, place: panel.gridPos, curves };
        }),
      );
      await picture(page, file.replace('.json', ''), { title, panels: drawn });
      process.stdout.write(`${title}: ${panels.length} panels\n`);
    }
  } finally {
    await browser.close();
    await prometheus.close();
    await system.stop();
  }
  return empty === 0 ? 0 : 1;
}

if (values.help) process.stdout.write(HELP);
else process.exitCode = await main();
