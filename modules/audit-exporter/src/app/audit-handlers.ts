import type { WireServices } from '@ats/contracts';
import { AtsError } from '@ats/domain';
import type { Clock, RpcHandlers, Timers } from '@ats/runtime';
import type { Archive, LogTopic } from '@ats/storage';
import { AUDIT_TOPICS } from './audit-exporter.ts';
import { queryRecords, recordToWire } from './query-records.ts';
import { type ArchiveReport, describeProblem, verifyArchive } from './verify-archive.ts';

type AuditHandlers = RpcHandlers<WireServices['ats.audit.v1.AuditService']>;

const LIMIT_DEFAULT = 100;
const LIMIT_MAX = 1000;
/** Problems told at most: the first ones lead to the others. */
const PROBLEMS_MAX = 1000;

function invalid(field: string, value: unknown, expected: string): AtsError {
  return new AtsError({
    code: 'RPC_INVALID_ARGUMENT',
    message: `${field} is "${String(value)}", expected ${expected}`,
    remedy: 'Mend the request.',
    context: { field, value },
  });
}

function topicOf(text: string): LogTopic | undefined {
  if (text === '') return undefined;
  const topic = AUDIT_TOPICS.find((one) => one === text);
  if (topic === undefined) throw invalid('topic', text, `one of ${AUDIT_TOPICS.join(', ')}`);
  return topic;
}

/** The audit service's contract, answered from the archive. */
export function auditHandlers(parts: {
  readonly archive: Archive;
  readonly clock: Clock;
  readonly timers: Timers;
}): AuditHandlers {
  const { archive, clock, timers } = parts;
  // A verification reads the whole archive: those who ask meanwhile share it.
  const running = new Map<string, Promise<ArchiveReport>>();
  return {
    async VerifyArchive(request) {
      const topic = topicOf(request.topic);
      const key = topic ?? '';
      let report = running.get(key);
      if (report === undefined) {
        const only = topic === undefined ? {} : { topic };
        report = verifyArchive({ archive, timers, ...only });
        running.set(key, report);
        const done = (): void => void running.delete(key);
        report.then(done, done);
      }
      const { segments, records, problems } = await report;
      return { segments, records, problems: problems.slice(0, PROBLEMS_MAX).map(describeProblem) };
    },
    async QueryRecords(request, { signal }) {
      const { correlationId, key, fromUs, toUs, limit, latest } = request;
      const topic = topicOf(request.topic);
      if (limit < 0 || limit > LIMIT_MAX) throw invalid('limit', limit, `0 to ${LIMIT_MAX}`);
      if (fromUs < 0) throw invalid('from_us', fromUs, '0 or more');
      if (toUs < 0) throw invalid('to_us', toUs, '0 or more');
      const records = await queryRecords({
        archive,
        signal,
        filter: {
          ...(correlationId === '' ? {} : { correlationId }),
          ...(key === '' ? {} : { key }),
          ...(topic === undefined ? {} : { topic }),
          ...{ latest, fromUs },
          toUs: toUs === 0 ? clock.nowUs() + 1 : toUs,
          limit: limit === 0 ? LIMIT_DEFAULT : limit,
        },
      });
      return { records: records.map(recordToWire) };
    },
  };
}
