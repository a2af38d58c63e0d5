import { AtsError } from '@ats/domain';

/** Half-open range, microseconds since the epoch. */
export interface Span {
  readonly fromUs: number;
  readonly toUs: number;
}

/** Settings are chosen in one range, and judged in the one that follows it. */
export interface Window {
  readonly inSample: Span;
  readonly outOfSample: Span;
}

export interface WindowOptions extends Span {
  readonly inSampleUs: number;
  readonly outOfSampleUs: number;
  /** Every choice is made on all that came before, and not on the last stretch of it. */
  readonly anchored: boolean;
}

/**
 * Windows one after the other whose judged ranges touch and never overlap, as many as fit.
 * @throws CONFIG_INVALID where none fits
 */
export function windowsOf(options: WindowOptions): readonly Window[] {
  const { fromUs, toUs, inSampleUs, outOfSampleUs, anchored } = options;
  const windows: Window[] = [];
  for (
    let splitUs = fromUs + inSampleUs;
    splitUs + outOfSampleUs <= toUs;
    splitUs += outOfSampleUs
  ) {
    const sinceUs = anchored ? fromUs : splitUs - inSampleUs;
    windows.push({
      inSample: { fromUs: sinceUs, toUs: splitUs },
      outOfSample: { fromUs: splitUs, toUs: splitUs + outOfSampleUs },
    });
  }
  if (windows.length > 0) return windows;
  const seconds = (us: number): number => us / 1e6;
  throw new AtsError({
    code: 'CONFIG_INVALID',
    message: `no window fits: the tapes hold ${seconds(toUs - fromUs)} s`,
    remedy: 'Shorten --in-sample and --out-of-sample, or give longer tapes.',
    context: { field: '--in-sample', value: seconds(inSampleUs) },
  });
}
