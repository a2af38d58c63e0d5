import { openApiDocument } from '@ats/runtime';
import { CSRF_HEADER, STREAM_PATH } from '../../contract.ts';
import { clientFrame } from '../stream/frames.ts';
import type { RouteRule } from './route-rules.ts';
import { apiRoutes } from './routes.ts';
import { answerNames, problem, requestNames, serverFrame } from './views.ts';

const NEEDS: Readonly<Record<RouteRule, string>> = {
  anyone: 'Open to anyone.',
  'own-page': "Sent by the dashboard's own pages, by their origin.",
  person: 'Needs a session.',
  'person-acts': `Needs a session, the header ${CSRF_HEADER} and our own origin.`,
};

export const STATUSES: Readonly<Record<number, string>> = {
  400: 'A field has the wrong form. REQUEST_INVALID.',
  401: 'Nobody is logged in. REQUEST_UNAUTHENTICATED, ACCESS_LOGIN_REFUSED.',
  403: 'The role does not allow it. REQUEST_FORBIDDEN, ACCESS_STEP_UP_REQUIRED.',
  404: 'Nothing is served there. ROUTE_UNKNOWN.',
  409: 'It contradicts what is, or waits for a second person. ACCESS_APPROVAL_PENDING.',
  413: 'The body is too large. REQUEST_TOO_LARGE.',
  415: 'The body is not JSON. REQUEST_MEDIA_TYPE.',
  429: 'Too often. ACCESS_TOO_MANY_TRIES, REPORT_QUEUE_FULL.',
  500: 'A fault in ATS. RPC_INTERNAL.',
  503: 'The service behind is not there. RPC_UNAVAILABLE.',
  504: 'The service behind took too long. RPC_DEADLINE_EXCEEDED.',
};

/** What the dashboard's server serves to its pages. OpenAPI 3.1. */
export const dashboardDocument = () =>
  openApiDocument({
    title: 'ATS dashboard',
    description:
      'What the pages of the dashboard ask of their server. Times are microseconds since the epoch.',
    security: { session: { type: 'apiKey', in: 'cookie', name: 'ats' } },
    routes: apiRoutes.map(({ rule, ...route }) => ({
      ...route,
      needs: NEEDS[rule],
      open: rule === 'anyone' || rule === 'own-page',
    })),
    sockets: [
      {
        path: STREAM_PATH,
        summary: 'Streams of services, resumed after a reconnect.',
        needs: 'Needs a session and our own origin.',
        ...{ clientMessage: clientFrame, serverMessage: serverFrame },
      },
    ],
    names: { requests: requestNames, answers: answerNames },
    problem: { schema: problem, statuses: STATUSES },
  });
