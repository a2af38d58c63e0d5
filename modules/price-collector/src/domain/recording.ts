/** What one line of a recording is: a connection opened, a text sent or received, a REST answer. */
export type FrameKind = 'open' | 'out' | 'in' | 'rest';

/** One line of a recording. Whoever reads the format finds it in `docs/recording-format.md`. */
export interface RecordedFrame {
  /** Receive or send time, nanoseconds since the epoch, as text: a double would round it. */
  readonly t: string;
  /** The venue's name. */
  readonly v: string;
  /** Counts the connections of the recording. */
  readonly c: number;
  readonly k: FrameKind;
  /** The URL of an `open` or `rest` line. */
  readonly u?: string;
  /** The text, exactly as on the wire. */
  readonly m?: string;
}

const KINDS: ReadonlySet<unknown> = new Set<FrameKind>(['open', 'out', 'in', 'rest']);

/** @returns the frame, or what is wrong with the line. */
export function parseFrame(line: string): RecordedFrame | { readonly problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { problem: 'the line is not JSON' };
  }
  if (typeof value !== 'object' || value === null) return { problem: 'the line is not an object' };
  const { t, v, c, k, u, m } = value as Record<string, unknown>;
  if (typeof t !== 'string' || !/^\d{1,20}$/.test(t)) {
    return { problem: 't is not a time in nanoseconds as text' };
  }
  if (typeof v !== 'string' || v === '') return { problem: 'v is not a venue name' };
  if (typeof c !== 'number' || !Number.isInteger(c)) return { problem: 'c is not a whole number' };
  if (!KINDS.has(k)) return { problem: 'k is not open, out, in or rest' };
  if ((k === 'open' || k === 'rest') && typeof u !== 'string') return { problem: 'u is missing' };
  if (k !== 'open' && typeof m !== 'string') return { problem: 'm is missing' };
  return value as RecordedFrame;
}

/** Whole microseconds since the epoch of a frame's time. */
export function frameTimeUs(frame: RecordedFrame): number {
  return frame.t.length > 3 ? Number(frame.t.slice(0, -3)) : 0;
}

/** Path and query of a URL, as `onRest` wants it. */
export function pathOf(url: string): string {
  const from = url.indexOf('/', url.indexOf('//') + 2);
  return from < 0 ? '/' : url.slice(from);
}
