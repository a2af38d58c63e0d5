import Handlebars from 'handlebars';
import { hourLabel } from '../domain/zoned-time.ts';

const WIDTH = 536;
const HEIGHT = 132;
const BASE = 108;
const TOP = 18;

/** Colours are of the middle of the scale, so that they stand on white and on black. */
const SVG = Handlebars.compile(
  `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" ` +
    `viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="11">` +
    `<line x1="0" y1="${BASE}.5" x2="${WIDTH}" y2="${BASE}.5" stroke="#8a94a3"/>` +
    '{{#each bars}}' +
    '<rect x="{{x}}" y="{{y}}" width="{{width}}" height="{{height}}" rx="2" fill="#3b82f6"/>' +
    '{{#if count}}<text x="{{middle}}" y="{{above}}" text-anchor="middle" fill="#8a94a3">{{count}}' +
    '</text>{{/if}}' +
    '{{#if label}}<text x="{{middle}}" y="124" text-anchor="middle" fill="#8a94a3">{{label}}' +
    '</text>{{/if}}{{/each}}</svg>',
);

/** Bars of alerts by hour, as SVG. */
export function chartOf(
  hours: readonly { readonly hourUs: number; readonly count: number }[],
  zone: string,
): string {
  const largest = Math.max(1, ...hours.map(({ count }) => count));
  const step = WIDTH / Math.max(1, hours.length);
  const bars = hours.map(({ hourUs, count }, index) => {
    const height = count === 0 ? 0 : Math.max(2, Math.round(((BASE - TOP) * count) / largest));
    const x = Math.round(index * step * 10) / 10;
    return {
      ...{ x: x + 2, y: BASE - height, width: Math.round((step - 4) * 10) / 10, height },
      ...{ middle: x + step / 2, above: BASE - height - 5, count },
      label: index % 4 === 0 ? hourLabel(hourUs, zone) : '',
    };
  });
  return SVG({ bars });
}
