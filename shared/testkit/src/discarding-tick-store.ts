import type { TickStore } from '@ats/storage';

/** Takes every tick and keeps none: for what is measured or simulated without a disk. */
export const discardingTickStore: TickStore = {
  append: () => true,
  flush: () => Promise.resolve(),
  async *scan() {},
  health: () => ({ ok: true, reason: '' }),
  close: () => Promise.resolve(),
};
