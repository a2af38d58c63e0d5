import { z } from 'zod';

/** Where imported tapes lie. */
export const tapeConfigSchema = z.object({
  backtest: z.object({ dataFolder: z.string().min(1) }),
});
