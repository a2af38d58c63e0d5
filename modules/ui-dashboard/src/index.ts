export { dashboardDocument } from './adapters/http/openapi.ts';
export { startReportWorker } from './adapters/report/report-worker.ts';
export { exposureOf } from './app/exposure.ts';
export { type Sample, samplesOf } from './app/metrics-text.ts';
export { Reports } from './app/reports.ts';
export { dashboardConfigSchema } from './config.ts';
export { REPORT_TABLES, type ReportTable } from './contract.ts';
export { periodOf } from './domain/period.ts';
export { type RunningDashboard, uiDashboard } from './service.ts';
