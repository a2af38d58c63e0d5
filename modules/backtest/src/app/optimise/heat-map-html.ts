import * as echarts from 'echarts';
import type { HeatMap } from '../../domain/optimise/sensitivity.ts';

const SIZE = { width: 760, height: 460 };
/** With more cells their figures would overlap. */
const LABELS_MAX = 100;
/** From low to high, told apart by the colour-blind too: steps of viridis. */
const COLORS = ['#440154', '#3b528b', '#21918c', '#5ec962', '#fde725'];

/** Follows the page's theme. */
const INK = 'var(--muted, #555)';

/** One map as a drawing that needs no script. */
export function heatMapSvg(map: HeatMap): string {
  const { xs, ys, cells, xPath, yPath, objective } = map;
  const means = cells.map(({ mean }) => mean);
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, ...SIZE });
  chart.setOption({
    animation: false,
    textStyle: { fontFamily: 'system-ui, sans-serif' },
    grid: { left: 90, right: 110, top: 30, bottom: 60 },
    xAxis: { ...axisOf(xs), name: xPath, nameGap: 36 },
    yAxis: { ...axisOf(ys), name: yPath, nameGap: 66 },
    visualMap: {
      min: Math.min(...means),
      max: Math.max(...means),
      orient: 'vertical',
      right: 8,
      top: 'center',
      precision: 4,
      text: [objective.figure, ''],
      textStyle: { color: INK },
      inRange: {
        color: objective.better === 'higher' ? COLORS : COLORS.toReversed(),
      },
    },
    series: [
      {
        type: 'heatmap',
        data: cells.map(({ x, y, mean }) => [x, y, mean]),
        label: { show: cells.length <= LABELS_MAX, formatter: labelOf },
      },
    ],
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

/** Values of a search have more digits than anybody reads. */
function axisOf(values: readonly string[]): object {
  const short = (text: string): string => {
    const value = Number(text);
    return Number.isNaN(value) ? text : String(Number(value.toPrecision(5)));
  };
  return {
    ...{ type: 'category', data: values.map(short), nameLocation: 'middle' },
    ...{ nameTextStyle: { color: INK }, axisLabel: { color: INK } },
    axisLine: { lineStyle: { color: INK } },
  };
}

const labelOf = ({ value }: { value?: unknown }): string =>
  Array.isArray(value) ? Number(value[2]).toPrecision(3) : '';

/** A section of HTML with every map, complete in itself: no script, no reference to anything. */
export function sensitivitySection(maps: readonly HeatMap[]): string {
  const figures = maps
    .filter(({ cells }) => cells.length > 0)
    .map((map) => `<figure>${heatMapSvg(map)}<figcaption>${captionOf(map)}</figcaption></figure>`);
  if (figures.length === 0) return '';
  return `<section class="sensitivity"><h2>Sensitivity</h2>${figures.join('')}</section>`;
}

function captionOf({ xPath, yPath, objective }: HeatMap): string {
  return escaped(
    `Mean ${objective.figure} by ${xPath} and ${yPath}, over whatever else was varied. ` +
      'A lone peak among poor neighbours is more likely luck than skill.',
  );
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
const escaped = (text: string): string => text.replace(/[&<>]/g, (sign) => ESCAPES[sign] ?? sign);
