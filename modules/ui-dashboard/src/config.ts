import { sharedConfigShape } from '@ats/runtime';
import { z } from 'zod';

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost']);

const dashboardSectionSchema = z
  .strictObject({
    host: z
      .string()
      .min(1)
      .describe('The interface it listens on; beyond the loopback only with `tls`.'),
    port: z.int().min(0).max(65_535).describe('Its port; 0 picks a free one.'),
    hosts: z
      .array(z.string().min(1).max(253))
      .max(20)
      .describe('Names that browsers may call it by, beside its host and those of loopback.'),
    tls: z
      .strictObject({
        certificateFile: z.string().min(1).describe('Its certificate.'),
        keyFile: z.string().min(1).describe('Its private key.'),
      })
      .optional()
      .describe('PEM files; absent: plain HTTP, on the loopback interface alone.'),
    buildWeb: z
      .boolean()
      .describe(
        'Whether the web app is built at the start when it is not there or its sources ' +
          'changed.',
      ),
    bodyBytesMax: z
      .int()
      .min(1024)
      .max(2 ** 24)
      .describe('Largest request.'),
    callDeadlineMs: z
      .int()
      .min(100)
      .max(600_000)
      .describe('Longest that a service may take to answer.'),
    stream: z
      .strictObject({
        clientsMax: z.int().min(1).max(10_000).describe('Browsers at once.'),
        subscriptionsMax: z.int().min(1).max(1000).describe('Subscriptions of one browser.'),
        frameBytesMax: z
          .int()
          .min(256)
          .max(2 ** 20)
          .describe('Longest text that a browser may send.'),
        conflateMs: z
          .int()
          .min(10)
          .max(10_000)
          .describe('How often market data is sent, the newest of each.'),
        resumeMs: z
          .int()
          .min(1000)
          .max(3_600_000)
          .describe(
            'A page that reconnects within this time has lost nothing, as long as what it ' +
              'missed is kept.',
          ),
        keptFramesMax: z
          .int()
          .min(10)
          .max(1_000_000)
          .describe('Events of a session that are kept for that.'),
        keptBytesMax: z
          .int()
          .min(4096)
          .max(2 ** 28)
          .describe('The same in bytes.'),
        bufferBytesMax: z
          .int()
          .min(4096)
          .max(2 ** 28)
          .describe(
            'Bytes that may wait in one socket; beyond it market data conflates and events wait.',
          ),
      })
      .describe('What is pushed to browsers.'),
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
  rpc: sharedConfigShape.rpc,
  bus: sharedConfigShape.bus,
  eventLog: sharedConfigShape.eventLog,
  stateStore: sharedConfigShape.stateStore,
  tickStore: sharedConfigShape.tickStore,
  archive: sharedConfigShape.archive,
  /** What it tells people of the engine; the rest of the section is the engine's own. */
  engine: z.object({ numeraire: z.string().min(1), account: z.string().min(1) }),
  dashboard: dashboardSectionSchema.describe('The dashboard: its server, for browsers.'),
});

export type DashboardConfig = z.output<typeof dashboardConfigSchema>;
export type StreamLimits = DashboardConfig['dashboard']['stream'];
