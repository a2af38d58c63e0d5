import type { Clock } from '@ats/runtime';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { isLoggedOut, type Logins } from '../../app/logins.ts';
import type { Reports } from '../../app/reports.ts';
import { REPORT_TABLES, REPORTS_PATH } from '../../contract.ts';
import { periodOf } from '../../domain/period.ts';
import { parseBody } from './bodies.ts';
import type { Visitors } from './visitors.ts';

const day = z.string().min(1).max(40);
const table = z.enum(REPORT_TABLES).default('trades');
const QUERIES = {
  day: z.strictObject({ date: day, table }).transform(({ date, ...rest }) => {
    return { from: date, to: date, ...rest };
  }),
  period: z.strictObject({ from: day, to: day, table }),
};
const PERSON = { config: { rule: 'person' } } as const;
const TYPES = { pdf: 'application/pdf', csv: 'text/csv; charset=utf-8' } as const;

export interface ReportParts {
  readonly logins: Logins;
  readonly visitors: Visitors;
  readonly reports: Reports;
  readonly clock: Clock;
}

/** Files of days and periods, to save. They change nothing, so that a link is enough. */
export function reportRoutes(app: FastifyInstance, parts: ReportParts): void {
  const { logins, visitors, reports, clock } = parts;
  const serve =
    (kind: keyof typeof QUERIES, format: keyof typeof TYPES) =>
    async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
      const login = visitors.mustBe(request);
      const { from, to, table } = parseBody(QUERIES[kind], request.query);
      const period = periodOf({ from, to }, clock.nowUs());
      try {
        const person = await logins.personCall(login, request.ip);
        const wish = { period, format, table, madeFor: login.name };
        const bytes = await reports.make(wish, person);
        const days = from === to ? from : `${from}_${to}`;
        const name = `ats-${days}${format === 'csv' ? `-${table}` : ''}.${format}`;
        return reply
          .type(TYPES[format])
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
      app.get(`${REPORTS_PATH}/${span}.${format}`, PERSON, serve(span, format));
    }
  }
}
