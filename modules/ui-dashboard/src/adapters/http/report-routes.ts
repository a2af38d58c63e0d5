import type { Clock } from '@ats/runtime';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isLoggedOut, type Logins } from '../../app/logins.ts';
import type { Reports } from '../../app/reports.ts';
import type { ReportTable } from '../../contract.ts';
import { periodOf } from '../../domain/period.ts';
import { parseBody } from './bodies.ts';
import { heldTo, REPORTS } from './routes.ts';
import type { Visitors } from './visitors.ts';

export interface ReportParts {
  readonly logins: Logins;
  readonly visitors: Visitors;
  readonly reports: Reports;
  readonly clock: Clock;
}

type Asked = { readonly table: ReportTable } & (
  | { readonly date: string }
  | { readonly from: string; readonly to: string }
);

/** Files of days and periods, to save. They change nothing, so that a link is enough. */
export function reportRoutes(app: FastifyInstance, parts: ReportParts): void {
  const { logins, visitors, reports, clock } = parts;
  const serve =
    (span: keyof typeof REPORTS, format: 'pdf' | 'csv') =>
    async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
      const login = visitors.mustBe(request);
      const { query, answer } = REPORTS[span][format];
      const { table, ...days } = parseBody<Asked>(query, request.query);
      const { from, to } = 'date' in days ? { from: days.date, to: days.date } : days;
      const period = periodOf({ from, to }, clock.nowUs());
      try {
        const person = await logins.personCall(login, request.ip);
        const wish = { period, format, table, madeFor: login.name };
        const bytes = await reports.make(wish, person);
        const named = from === to ? from : `${from}_${to}`;
        const name = `ats-${named}${format === 'csv' ? `-${table}` : ''}.${format}`;
        return reply
          .type(answer.mediaType)
          .header('content-disposition', `attachment; filename="${name}"`)
          .send(Buffer.from(bytes));
      } catch (error) {
        // The session was ended elsewhere.
        if (isLoggedOut(error)) logins.end(login.id);
        throw error;
      }
    };
  for (const span of ['day', 'period'] as const) {
    for (const format of ['pdf', 'csv'] as const) {
      const route = REPORTS[span][format];
      app.get(route.path, heldTo(route), serve(span, format));
    }
  }
}
