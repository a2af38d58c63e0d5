import { z } from 'zod';
import { requestNames } from '../http/views.ts';

const id = z.string().min(1).max(32);

/** What a browser may say; see `ClientFrame` of the contract. */
export const clientFrame = z
  .discriminatedUnion('op', [
    z.strictObject({
      op: z.literal('subscribe'),
      id,
      method: z.string().min(3).max(120),
      request: z.record(z.string(), z.unknown()),
    }),
    z.strictObject({ op: z.literal('cancel'), id }),
    z.strictObject({
      op: z.literal('resume'),
      session: z.string().min(1).max(64),
      lastSeq: z.int().min(0),
    }),
  ])
  .describe('What a page says. `resume` may only be the first.')
  .register(requestNames, { id: 'ClientFrame' });

export type ReadFrame = z.output<typeof clientFrame>;

/** @returns undefined for what is no frame */
export function readFrame(text: string): ReadFrame | undefined {
  try {
    return clientFrame.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
