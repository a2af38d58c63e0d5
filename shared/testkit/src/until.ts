/** How long and how often to look. */
export interface UntilOptions {
  readonly timeoutMs?: number;
  readonly periodMs?: number;
  /** What is awaited, for the message when it does not come. */
  readonly what?: string;
}

/**
 * Looks again and again until `condition` gives something truthy, in real time.
 *
 * @returns what the condition gave.
 * @throws when the time is over; an error that the condition threw last is its cause.
 */
export async function until<Value>(
  condition: () => Value | Promise<Value>,
  { timeoutMs = 20_000, periodMs = 5, what = 'the condition' }: UntilOptions = {},
): Promise<NonNullable<Value>> {
  const deadlineMs = performance.now() + timeoutMs;
  for (;;) {
    let cause: unknown;
    try {
      const value = await condition();
      if (value) return value;
    } catch (error) {
      cause = error;
    }
    if (performance.now() >= deadlineMs) {
      throw new Error(`${what} did not come true within ${timeoutMs} ms`, {
        cause,
      });
    }
    await new Promise((resolve) => {
      setTimeout(resolve, periodMs);
    });
  }
}
