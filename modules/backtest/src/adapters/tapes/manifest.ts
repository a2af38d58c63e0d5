import { instrumentId, venueId } from '@ats/domain';
import { z } from 'zod';
import type { TapeMarket } from '../../domain/tape.ts';

export const MANIFEST_FILE = 'manifest.json';

const whole = z.number().int().nonnegative();

const fileSchema = z.strictObject({ file: z.string().min(1), rows: whole, bytes: whole });

/** One Parquet file of a tape. */
export type TapeFile = z.infer<typeof fileSchema>;

const partSchema = z.strictObject({
  kind: z.enum(['quote', 'book', 'trade']),
  /** Levels of each side of a book; 1 for other kinds. */
  levels: whole,
  rows: whole,
  /** Earliest and latest receive time, microseconds since the epoch. */
  fromUs: whole,
  untilUs: whole,
  files: z.array(fileSchema),
});

export type TapePart = z.infer<typeof partSchema>;

const manifestSchema = z.strictObject({
  version: z.literal(1),
  name: z.string().min(1),
  importedAtUs: z.number().nonnegative(),
  markets: z.array(
    z.strictObject({
      venue: z.string().min(1),
      instrument: z.string().regex(/^[^/]+\/[^/]+$/),
      rows: whole,
      fromUs: whole,
      untilUs: whole,
    }),
  ),
  parts: z.array(partSchema),
  source: z.strictObject({
    reference: z.string(),
    format: z.string(),
    /** Of the source's bytes; of all its files one after the other. Empty for a database. */
    sha256: z.string(),
    bytes: whole,
  }),
  badRows: z.strictObject({
    count: whole,
    first: z.array(z.strictObject({ line: whole, problem: z.string() })),
    reasons: z.record(z.string(), whole),
  }),
});

/** What a stored tape holds and where it came from. */
export type TapeManifest = z.infer<typeof manifestSchema>;

/** @throws SyntaxError, ZodError */
export function parseManifest(text: string): TapeManifest {
  return manifestSchema.parse(JSON.parse(text));
}

export function manifestMarkets(manifest: TapeManifest): readonly TapeMarket[] {
  return manifest.markets.map(({ venue, instrument }) => {
    const [base = '', quote = ''] = instrument.split('/');
    return { venue: venueId(venue), instrument: instrumentId({ base, quote }) };
  });
}

/** Names that are folders: letters, digits, dots, dashes and underscores. */
export const TAPE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
