import { sharedConfigShape } from '@ats/runtime';
import { z } from 'zod';

/** The sections of the configuration that the audit exporter reads. */
export const auditConfigSchema = z.object({
  archive: sharedConfigShape.archive,
  audit: z
    .strictObject({
      segmentRecordsMax: z
        .int()
        .min(1)
        .max(1_000_000)
        .describe('A segment is cut when it holds so many records.'),
      segmentBytesMax: z
        .int()
        .min(1024)
        .max(128 * 2 ** 20)
        .describe('A segment is cut when it takes so many bytes before it is packed.'),
      segmentAgeMs: z
        .int()
        .min(10)
        .max(3_600_000)
        .describe('A segment is cut when its first record has waited so long.'),
      bufferBytesMax: z
        .int()
        .min(1_000_000)
        .max(2 ** 33)
        .describe(
          'Memory of all records that wait; beyond it the largest partition is written early.',
        ),
      headIntervalMs: z
        .int()
        .min(100)
        .max(86_400_000)
        .describe(
          'How often the newest segments are anchored, so that a removal of the last ones ' +
            'is noticed.',
        ),
      catchUpMs: z
        .int()
        .min(0)
        .max(600_000)
        .describe('Longest that a drain waits for records that the log has not delivered yet.'),
    })
    .describe(
      'How the log is copied into the archive. A segment is one file of one partition ' +
        'and one date.',
    ),
});

export type AuditConfig = z.output<typeof auditConfigSchema>;
