import type { EventLog, LogTopic } from '../event-log.ts';

/**
 * How much later than it happened something may be logged: outboxes wait out a log that is away.
 * Whoever reads a period reads on for so long.
 */
export const LATE_LOG_US = 24 * 3600 * 1_000_000;

/** Far beyond what a partition can hold: it bounds the search. */
const OFFSET_MAX = 2 ** 48;

/**
 * Finds where to begin to read what was logged from a moment on, in some forty reads of one record.
 * @param sinceUs microseconds since the epoch, by the clock of the log
 * @returns an offset to read from: nothing logged at `sinceUs` or later is before it
 */
export async function offsetSince(
  log: Pick<EventLog, 'read'>,
  at: { readonly topic: LogTopic; readonly partition: number; readonly sinceUs: number },
): Promise<number> {
  const { topic, partition, sinceUs } = at;
  const isLate = async (from: number): Promise<boolean> => {
    const [record] = await log.read({ topic, partition, from, limit: 1 });
    return record === undefined || record.loggedAtUs >= sinceUs;
  };
  if (await isLate(0)) return 0;
  // Everything before `early` is early, the record at `late` is not.
  let early = 1;
  while (early < OFFSET_MAX && !(await isLate(early))) early *= 2;
  let late = early;
  early = Math.floor(early / 2);
  while (late - early > 1) {
    const middle = Math.floor((early + late) / 2);
    if (await isLate(middle)) late = middle;
    else early = middle;
  }
  return late;
}
