export { type ArchiveCopy, copySegments, hasSegments } from './adapters/archive-folder.ts';
export {
  type AuditDatabase,
  type AuditDatabaseOptions,
  openAuditDatabase,
  type QueryAnswer,
} from './adapters/audit-database.ts';
export { payloadDecoder } from './adapters/payload-decoder.ts';
export { AUDIT_GROUP, AUDIT_TOPICS } from './app/audit-exporter.ts';
export type { ArchiveProblem, ProblemKind } from './app/check-segment.ts';
export { compareWithLog, type LogComparison } from './app/compare-with-log.ts';
export {
  type ArchiveReport,
  describeProblem,
  type VerifyOptions,
  verifyArchive,
} from './app/verify-archive.ts';
export { type AuditConfig, auditConfigSchema } from './config.ts';
export { type AuditPorts, auditExporter, type RunningAuditExporter } from './service.ts';
