/** The browser's clock, the one place where the web app reads it. */
export const nowMs = (): number => Date.now();

export const today = (): string => new Date().toISOString().slice(0, 10);

/** @returns what stops it */
export function every(periodMs: number, work: () => void): () => void {
  const timer = window.setInterval(work, periodMs);
  return () => window.clearInterval(timer);
}

/** @returns what calls it off */
export function after(delayMs: number, work: () => void): () => void {
  const timer = window.setTimeout(work, delayMs);
  return () => window.clearTimeout(timer);
}

/** From 0 to 1, for jitter alone. */
export const chance = (): number => Math.random();

/** An id for a request that must have its effect once. */
export const newId = (): string => crypto.randomUUID();
