import { useSyncExternalStore } from 'react';
import { every, nowMs } from '../adapters/clock.ts';

const listeners = new Set<() => void>();
let now = nowMs();
let stop: (() => void) | undefined;

function beat(): void {
  now = nowMs();
  for (const listener of listeners) listener();
}

/** Twice a second, for ages: one timer for all of them. */
export function onTick(listener: () => void): () => void {
  listeners.add(listener);
  stop ??= every(500, beat);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    stop?.();
    stop = undefined;
  };
}

/** This browser's time, twice a second. */
export const useNowMs = (): number => useSyncExternalStore(onTick, () => now);
