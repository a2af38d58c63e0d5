import type uPlot from 'uplot';

interface Tones {
  readonly gain: string;
  readonly loss: string;
}

const BODY_SHARE = 0.7;
const BODY_PX_MAX = 14;

/** Draws series 1 to 4 as open, high, low and close: a wick, and a body that is never invisible. */
export function drawCandles(plot: uPlot, { gain, loss }: Tones): void {
  const [xs, opens = [], highs = [], lows = [], closes = []] = plot.data;
  const { ctx } = plot;
  const y = (value: number | null | undefined): number => plot.valToPos(value ?? 0, 'y', true);
  const width = bodyWidth(plot, xs);
  ctx.save();
  ctx.beginPath();
  ctx.rect(plot.bbox.left, plot.bbox.top, plot.bbox.width, plot.bbox.height);
  ctx.clip();
  xs.forEach((at, index) => {
    const [open, close] = [opens[index] ?? 0, closes[index] ?? 0];
    const x = Math.round(plot.valToPos(at, 'x', true));
    ctx.fillStyle = close < open ? loss : gain;
    const [top, bottom] = [y(highs[index]), y(lows[index])];
    ctx.fillRect(x, top, Math.max(1, Math.round(devicePixelRatio)), bottom - top);
    const [from, to] = [y(Math.max(open, close)), y(Math.min(open, close))];
    ctx.fillRect(Math.round(x - width / 2), from, width, Math.max(1, to - from));
  });
  ctx.restore();
}

/** Of the room that the closest two have between them. */
function bodyWidth(plot: uPlot, xs: ArrayLike<number>): number {
  const limit = BODY_PX_MAX * devicePixelRatio;
  if (xs.length < 2) return limit;
  let gap = Number.POSITIVE_INFINITY;
  for (let index = 1; index < xs.length; index += 1) {
    gap = Math.min(gap, (xs[index] ?? 0) - (xs[index - 1] ?? 0));
  }
  const [from, to] = [plot.valToPos(0, 'x', true), plot.valToPos(gap, 'x', true)];
  return Math.round(Math.min(limit, Math.max(1, (to - from) * BODY_SHARE)));
}
