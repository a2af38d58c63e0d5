import { sharedConfigShape } from '@ats/runtime';
import { z } from 'zod';

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost']);

const dashboardSectionSchema = z
  .strictObject({
    host: z.string().min(1),
    port: z.int().min(0).max(65_535),
    /** Names that browsers may call this server by, beside its host and those of loopback. */
    hosts: z.array(z.string().min(1).max(253)).max(20),
    /** PEM files; without them it listens on the loopback interface alone. */
    tls: z
      .strictObject({ certificateFile: z.string().min(1), keyFile: z.string().min(1) })
      .optional(),
    /** Whether the web app is built at the start when it is not there or its sources changed. */
    buildWeb: z.boolean(),
    bodyBytesMax: z
      .int()
      .min(1024)
      .max(2 ** 24),
    /** Longest that a service may take to answer. */
    callDeadlineMs: z.int().min(100).max(600_000),
    stream: z.strictObject({
      clientsMax: z.int().min(1).max(10_000),
      subscriptionsMax: z.int().min(1).max(1000),
      /** Longest text that a browser may send. */
      frameBytesMax: z
        .int()
        .min(256)
        .max(2 ** 20),
      /** How often market data is sent, the newest of each. */
      conflateMs: z.int().min(10).max(10_000),
      /** For so long after a lost connection nothing of a session is lost. */
      resumeMs: z.int().min(1000).max(3_600_000),
      /** Events of a session that are kept for that: by count and by bytes. */
      keptFramesMax: z.int().min(10).max(1_000_000),
      keptBytesMax: z
        .int()
        .min(4096)
        .max(2 ** 28),
      /** Bytes that may wait in one socket; beyond it market data conflates and events wait. */
      bufferBytesMax: z
        .int()
        .min(4096)
        .max(2 ** 28),
    }),
  })
  .refine(({ host, tls }) => tls !== undefined || LOOPBACK.has(host), {
    path: ['host'],
    message: 'expected 127.0.0.1, ::1 or localhost, or dashboard.tls beside any other host',
  });

/** The sections of the configuration that the dashboard's server reads. */
export const dashboardConfigSchema = z.object({
  mode: sharedConfigShape.mode,
  profile: sharedConfigShape.profile,
  venues: sharedConfigShape.venues,
  admin: sharedConfigShape.admin,
  bus: sharedConfigShape.bus,
  eventLog: sharedConfigShape.eventLog,
  stateStore: sharedConfigShape.stateStore,
  tickStore: sharedConfigShape.tickStore,
  archive: sharedConfigShape.archive,
  /** What it tells people of the engine; the rest of the section is the engine's own. */
  engine: z.object({ numeraire: z.string().min(1), account: z.string().min(1) }),
  dashboard: dashboardSectionSchema,
});

export type DashboardConfig = z.output<typeof dashboardConfigSchema>;
export type StreamLimits = DashboardConfig['dashboard']['stream'];
