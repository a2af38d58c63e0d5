import { AtsError } from '@ats/domain';
import { systemTimers } from '@ats/runtime';

/** One thing looked at. A `warning` does not stop trading, a `problem` does. */
export interface Finding {
  readonly check: string;
  readonly state: 'ok' | 'warning' | 'problem';
  readonly detail: string;
  readonly remedy?: string;
}

/** A look at one part of the surroundings. */
export interface Check {
  readonly name: string;
  run(): Promise<readonly Finding[]> | readonly Finding[];
}

/** Longest that one check may take, milliseconds. */
const CHECK_MS = 8000;

export const ok = (check: string, detail: string): Finding => ({ check, state: 'ok', detail });

export const warning = (check: string, detail: string, remedy: string): Finding => ({
  ...{ check, state: 'warning', detail, remedy },
});

export const problem = (check: string, detail: string, remedy: string): Finding => ({
  ...{ check, state: 'problem', detail, remedy },
});

/** Runs all checks at once, each within its time. @returns what they found, in their order */
export async function runChecks(checks: readonly Check[], limitMs = CHECK_MS) {
  const found = await Promise.all(checks.map((check) => within(check, limitMs)));
  return found.flat();
}

async function within(check: Check, limitMs: number): Promise<readonly Finding[]> {
  const late = Promise.withResolvers<readonly Finding[]>();
  const timer = systemTimers.after(limitMs, () => {
    const detail = `no answer within ${limitMs / 1000} s`;
    late.resolve([problem(check.name, detail, 'See whether it can be reached from here.')]);
  });
  try {
    return await Promise.race([(async () => check.run())(), late.promise]);
  } catch (thrown) {
    return [failed(check.name, thrown)];
  } finally {
    timer.cancel();
  }
}

/** A check that could not be made: of an error of ours its own words. */
export function failed(check: string, thrown: unknown, remedy?: string): Finding {
  if (thrown instanceof AtsError) {
    const what = thrown.remedy ?? remedy ?? 'docs/errors.md says what to do.';
    return problem(check, `${thrown.message} [${thrown.code}]`, what);
  }
  return problem(check, wordsOf(thrown), remedy ?? 'See whether it can be reached from here.');
}

/** The first words in a chain of causes that say anything. */
export function wordsOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const inner = thrown instanceof AggregateError ? thrown.errors[0] : thrown.cause;
  if (inner instanceof Error) return wordsOf(inner);
  const { code } = thrown as NodeJS.ErrnoException;
  return thrown.message || code || thrown.name;
}
