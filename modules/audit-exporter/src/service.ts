import { AUDIT_SERVICE } from '@ats/contracts';
import type { RunningService, ServiceContext, ServiceModule } from '@ats/runtime';
import type { DurablePorts } from '@ats/storage';
import { payloadDecoder } from './adapters/payload-decoder.ts';
import { AuditExporter } from './app/audit-exporter.ts';
import { auditHandlers } from './app/audit-handlers.ts';
import { auditMetrics } from './app/metrics.ts';
import { type AuditConfig, auditConfigSchema } from './config.ts';

export type AuditPorts = Pick<DurablePorts, 'eventLog' | 'archive'>;

export interface RunningAuditExporter extends RunningService {
  /** `host:port` of the gRPC server; empty when only this process calls. */
  readonly address: string;
}

/** Copies every topic of the log into the write-once archive, and reads the archive. */
export const auditExporter: ServiceModule<AuditConfig, AuditPorts, RunningAuditExporter> = {
  name: 'audit-exporter',
  configSchema: auditConfigSchema,
  start,
};

async function start(
  context: ServiceContext<AuditConfig, AuditPorts>,
): Promise<RunningAuditExporter> {
  const { config, clock, timers, logger, metrics, rpc, ports } = context;
  const [log, archive] = await Promise.all([ports.eventLog(), ports.archive()]);
  const exporter = new AuditExporter({
    log,
    archive,
    decode: payloadDecoder(),
    clock,
    timers,
    logger,
    metrics: auditMetrics(metrics),
    limits: config.audit,
  });
  metrics.beforeCollect(() => exporter.collect());
  const serving = await rpc.serve(AUDIT_SERVICE, auditHandlers({ archive, clock, timers }));
  await exporter.start();
  logger.info('audit.serving', 'the log is archived', { address: serving.address });
  return {
    address: serving.address,
    readiness: () => exporter.readiness(),
    async drain() {
      serving.setServing(false);
      await serving.stop();
      await exporter.drain();
    },
  };
}
