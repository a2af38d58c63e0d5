import { BACKTEST_SERVICE } from '@ats/contracts';
import type { FastifyInstance } from 'fastify';
import type { AuthParts } from './auth-routes.ts';
import { heldTo, ROUTES } from './routes.ts';

/**
 * The report is a page of its own with a script in it. In the sandbox it has an origin that is
 * nobody's: it reads no cookie, calls nothing of ours, and loads nothing from anywhere.
 */
const SANDBOX = [
  'sandbox allow-scripts',
  "default-src 'none'",
  "script-src 'unsafe-inline'",
  "style-src 'unsafe-inline'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

type Asked = { Params: { runId: string }; Querystring: { save?: string } };

/** The report of a run as one HTML page, to be read or, with `?save`, to be kept. */
export function backtestPages(app: FastifyInstance, parts: AuthParts): void {
  const { rpc, logins, visitors, deadlineMs } = parts;
  app.get<Asked>(ROUTES.backtest.path, heldTo(ROUTES.backtest), async (request, reply) => {
    const login = visitors.mustBe(request);
    const person = await logins.personCall(login, request.ip);
    const { runId } = request.params;
    const options = { deadlineMs, correlationId: request.id, ...person };
    const { htmlGzip } = await rpc.client(BACKTEST_SERVICE).ExportBacktest({ runId }, options);
    if (request.query.save !== undefined) reply.header('content-disposition', named(runId));
    return reply
      .header('content-security-policy', SANDBOX)
      .header('content-encoding', 'gzip')
      .type('text/html; charset=utf-8')
      .send(Buffer.from(htmlGzip));
  });
}

const named = (runId: string): string =>
  `attachment; filename="${runId.replaceAll(/[^\w.-]/g, '_')}.html"`;
