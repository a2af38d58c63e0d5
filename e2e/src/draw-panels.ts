import type { EChartsOption } from 'echarts';
import type { Page } from 'playwright-core';
import type { Curve } from './grafana-dashboards.ts';

/** A panel with its place in a grid of 24 columns, and what it shows. */
export interface DrawnPanel {
  readonly title: string;
  readonly unit: string;
  readonly kind: 'timeseries' | 'stat';
  readonly place: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly curves: readonly Curve[];
}

/** What the functions that run in the browser find there. */
interface Drawing {
  readonly echarts: { init(at: HTMLElement): { setOption(option: EChartsOption): void } };
  readonly figure: (unit: string, value: number) => string;
}

const LOOK = `
  body { margin: 0; background: #111217; color: #ccccdc; font: 14px sans-serif; }
  h1 { margin: 0; padding: 12px; font-size: 18px; height: 22px; }
  main { display: grid; grid-template-columns: repeat(24, 1fr); grid-auto-rows: 28px; gap: 8px; }
  main { padding: 0 8px 8px; }
  section { background: #181b1f; border: 1px solid #2c3235; min-width: 0; }
  section { display: flex; flex-direction: column; }
  h2 { margin: 0; padding: 8px; font-size: 14px; }
  section > div { flex: 1; min-height: 0; }
  .stat { font-size: 32px; text-align: center; padding-top: 12px; }`;

/**
 * Draws panels as Grafana places them. @returns the height of all of it
 * @param page.echarts file of the library
 */
export async function drawPanels(
  { page, echarts }: { readonly page: Page; readonly echarts: string },
  { title, panels }: { readonly title: string; readonly panels: readonly DrawnPanel[] },
): Promise<number> {
  const body = '<body><h1></h1><main></main></body>';
  await page.setContent(`<!doctype html><html lang="en"><style>${LOOK}</style>${body}</html>`);
  await page.addScriptTag({ path: echarts });
  await page.addScriptTag({ content: `globalThis.figure = ${figure}` });
  await page.evaluate((text) => {
    for (const heading of document.querySelectorAll('h1')) heading.textContent = text;
  }, title);
  for (const panel of panels) await page.evaluate(drawPanel, panel);
  return page.evaluate(() => document.querySelector('main')?.getBoundingClientRect().bottom ?? 0);
}

/** A value in Grafana's name of a unit, as a person reads it. Runs in the browser. */
function figure(unit: string, value: number): string {
  const plain = (one: number, name = ''): string =>
    `${one.toLocaleString('en', { maximumSignificantDigits: 4 })}${name}`;
  if (!Number.isFinite(value)) return 'none';
  if (unit === 'bool_yes_no') return value === 0 ? 'No' : 'Yes';
  if (unit === 'percentunit') return plain(value * 100, ' %');
  if (unit === 'bytes') return plain(value / 2 ** 20, ' MiB');
  if (unit === 'cps') return plain(value, ' c/s');
  if (unit === 'reqps') return plain(value, ' req/s');
  if (unit !== 's') return plain(value);
  if (value !== 0 && Math.abs(value) < 1e-3) return plain(value * 1e6, ' us');
  if (value >= 86_400) return plain(value / 86_400, ' days');
  return Math.abs(value) < 1 ? plain(value * 1e3, ' ms') : plain(value, ' s');
}

/** Runs in the browser. */
function drawPanel({ title, unit, kind, place, curves }: DrawnPanel): void {
  const drawing = globalThis as unknown as Drawing;
  const section = document.createElement('section');
  section.style.gridColumn = `${place.x + 1} / span ${place.w}`;
  section.style.gridRow = `${place.y + 1} / span ${place.h}`;
  const name = document.createElement('h2');
  name.textContent = title;
  const area = document.createElement('div');
  section.append(name, area);
  document.querySelector('main')?.append(section);
  if (kind === 'stat') {
    area.className = 'stat';
    const newest = curves.map((one) => [one.name, one.points.at(-1)?.[1] ?? Number.NaN] as const);
    const texts = newest.map(([label, value]) => `${label} ${drawing.figure(unit, value)}`.trim());
    area.textContent = texts.join(', ');
    return;
  }
  const soft = { color: '#8e8e9a' };
  drawing.echarts.init(area).setOption({
    animation: false,
    grid: { left: 76, right: 20, top: 10, bottom: 54 },
    legend: { bottom: 4, type: 'scroll', textStyle: soft, icon: 'roundRect', itemHeight: 3 },
    xAxis: { type: 'time', axisLabel: { ...soft, hideOverlap: true } },
    yAxis: {
      type: 'value',
      axisLabel: { ...soft, formatter: (value: number) => drawing.figure(unit, value) },
      splitLine: { lineStyle: { color: '#2c3235' } },
    },
    series: curves.map((one) => ({
      ...{ name: one.name === '' ? 'value' : one.name, type: 'line' },
      showSymbol: one.points.length < 2,
      data: one.points.map(([at, value]) => [at, Number.isFinite(value) ? value : null]),
      lineStyle: { width: 1.5 },
      areaStyle: { opacity: 0.08 },
    })),
  });
}
