import { sharedConfigShape } from '@ats/runtime';
import { z } from 'zod';

/** The sections of the configuration that the audit exporter reads. */
export const auditConfigSchema = z.object({
  archive: sharedConfigShape.archive,
  audit: z.strictObject({
    /** A segment is cut when it holds so many records, */
    segmentRecordsMax: z.int().min(1).max(1_000_000),
    /** or takes so many bytes before it is packed, */
    segmentBytesMax: z
      .int()
      .min(1024)
      .max(128 * 2 ** 20),
    /** or when its first record has waited so long. */
    segmentAgeMs: z.int().min(10).max(3_600_000),
    /** Memory of all records that wait. */
    bufferBytesMax: z
      .int()
      .min(1_000_000)
      .max(2 ** 33),
    /** How often the newest segments are anchored by a head. */
    headIntervalMs: z.int().min(100).max(86_400_000),
    /** Longest that a drain waits for what the log did not deliver yet. */
    catchUpMs: z.int().min(0).max(600_000),
  }),
});

export type AuditConfig = z.output<typeof auditConfigSchema>;
