import { z } from 'zod';

/** Categories of Chromium's tracing that say what a page's main thread does. */
export const TRACE_CATEGORIES = [
  '-*',
  'toplevel',
  'devtools.timeline',
  'disabled-by-default-devtools.timeline.frame',
  '__metadata',
];

const traceEvent = z.object({
  name: z.string(),
  ph: z.string(),
  pid: z.number(),
  tid: z.number(),
  ts: z.number(),
  /** Processor time of the thread within it, microseconds. */
  tdur: z.number().optional(),
  dur: z.number().optional(),
  args: z.object({ name: z.string().optional() }).loose().optional(),
});
type TraceEvent = z.output<typeof traceEvent>;
const trace = z.object({ traceEvents: z.array(traceEvent.partial({ ts: true, tid: true })) });

export interface PageTime {
  readonly framesPerSecond: number;
  /** Processor time of the page's main thread, a share of the time. */
  readonly mainThreadShare: number;
  readonly longestTaskMs: number;
}

/**
 * What the tracing of the browser says of one page that runs an animation loop.
 * @param bytes as `Tracing` of the Chrome DevTools Protocol gives them
 */
export function pageTimeOf(bytes: Uint8Array): PageTime {
  const events = trace
    .parse(JSON.parse(Buffer.from(bytes).toString('utf8')))
    .traceEvents.filter((event): event is TraceEvent => event.ts !== undefined)
    .toSorted((a, b) => a.ts - b.ts);
  // Only the page that asks for every frame has animation frames; that names its main thread.
  const page = events.find(({ name }) => name === 'FireAnimationFrame');
  const ofPage = events.filter(({ pid, tid }) => pid === page?.pid && tid === page.tid);
  // A frame may call back more than once, but begins once.
  const frames = ofPage.filter(({ name }) => name === 'BeginMainThreadFrame');
  const [first] = frames;
  const last = frames.at(-1);
  if (first === undefined || last === undefined || last.ts === first.ts) {
    throw new Error('the trace has no frames');
  }
  const tookUs = last.ts - first.ts;
  const tasks = ofPage.filter(
    ({ name, ts }) => name.endsWith('RunTask') && ts >= first.ts && ts < last.ts,
  );
  const busyUs = tasks.reduce((sum, { tdur = 0 }) => sum + tdur, 0);
  return {
    framesPerSecond: ((frames.length - 1) / tookUs) * 1e6,
    mainThreadShare: busyUs / tookUs,
    longestTaskMs: Math.max(0, ...tasks.map(({ dur = 0 }) => dur / 1000)),
  };
}
