import { scaleLinear } from 'd3-scale';
import { area, curveStepAfter, line } from 'd3-shape';
import Handlebars from 'handlebars';
import type { Equity } from '../domain/trade-figures.ts';

const WIDTH = 536;
const HEIGHT = 120;
const EDGE = 6;
const BARS = '▁▂▃▄▅▆▇█';
const SPARKS = 24;

/** Colours are of the middle of the scale, so that they stand on white and on black. */
const SVG = Handlebars.compile(
  `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" ` +
    `viewBox="0 0 ${WIDTH} ${HEIGHT}">` +
    '<path d="{{filled}}" fill="#3b82f6" fill-opacity="0.22"/>' +
    `<line x1="0" x2="${WIDTH}" y1="{{zero}}" y2="{{zero}}" stroke="#8a94a3" ` +
    'stroke-width="1" stroke-dasharray="3 4"/>' +
    '<path d="{{drawn}}" fill="none" stroke="#3b82f6" stroke-width="2.5" ' +
    'stroke-linejoin="round" stroke-linecap="round"/>' +
    '<circle cx="{{endX}}" cy="{{endY}}" r="4" fill="#3b82f6"/></svg>',
);

/** What was earned through the day, as SVG without words: steps, and where nothing is earned. */
export function chartOf({ points }: Equity): string {
  const times = points.map(({ atUs }) => atUs);
  const earned = points.map((point) => point.earned);
  const x = scaleLinear([Math.min(...times), Math.max(...times)], [EDGE, WIDTH - EDGE]);
  const y = scaleLinear([Math.min(0, ...earned), Math.max(0, ...earned)], [HEIGHT - EDGE, EDGE]);
  const zero = rounded(y(0));
  const pairs = points.map((point): [number, number] => [x(point.atUs), y(point.earned)]);
  const drawn = line().curve(curveStepAfter).digits(1)(pairs);
  const filled = area().curve(curveStepAfter).digits(1).y0(zero)(pairs);
  const [endX = 0, endY = 0] = (pairs.at(-1) ?? []).map(rounded);
  return SVG({ drawn, filled, zero, endX, endY });
}

const rounded = (value: number): number => Math.round(value * 10) / 10;

/** The same as one line of text: how high it stood at equal steps of time. */
export function sparklineOf({ points }: Equity): string {
  const earned = points.map((point) => point.earned);
  const [fromUs = 0, toUs = 0] = [points[0]?.atUs, points.at(-1)?.atUs];
  const height = scaleLinear([Math.min(...earned), Math.max(...earned)], [0, BARS.length - 1]);
  return Array.from({ length: SPARKS }, (_, index) => {
    const untilUs = fromUs + ((toUs - fromUs) * (index + 1)) / SPARKS;
    const last = points.findLast(({ atUs }) => atUs <= untilUs)?.earned ?? 0;
    return BARS[Math.round(height(last))] ?? BARS[0];
  }).join('');
}
