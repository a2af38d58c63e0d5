import type { FastifyInstance } from 'fastify';
import type { Visitors } from './visitors.ts';

/**
 * Who may ask for a route. What each call needs beyond that is decided by the service behind it.
 * - `anyone`: the files of the web app
 * - `own-page`: a page of ours, of somebody who may not be logged in
 * - `person`: who is logged in; for what changes nothing
 * - `person-acts`: the same by a page of ours that has the token of the session
 */
export const ROUTE_RULES = ['anyone', 'own-page', 'person', 'person-acts'] as const;
export type RouteRule = (typeof ROUTE_RULES)[number];

/** One route as it is served, for whoever looks over them all. */
export interface ServedRoute {
  readonly method: string;
  readonly url: string;
  readonly rule: RouteRule;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    rule?: RouteRule;
  }
}

const API = '/api/';

/**
 * Holds every route to its rule, before a body is read. Under `/api/` a route that names none
 * cannot be added; all else are files of the web app. Call it before routes are added.
 * @returns the routes, growing as they are added
 */
export function keepRules(app: FastifyInstance, visitors: Visitors): readonly ServedRoute[] {
  const routes: ServedRoute[] = [];
  app.addHook('onRoute', (route) => {
    const { url } = route;
    const rule = route.config?.rule ?? (url.startsWith(API) ? undefined : 'anyone');
    if (rule === undefined) throw new Error(`the route ${url} says not who may ask for it`);
    route.config = { ...route.config, rule };
    for (const method of [route.method].flat()) routes.push({ method, url, rule });
  });
  app.addHook('onRequest', async (request) => {
    visitors.checkHost(request.raw);
    const { rule } = request.routeOptions.config;
    if (rule === undefined || rule === 'anyone') return;
    if (rule === 'own-page') return visitors.checkOrigin(request, true);
    const login = visitors.mustBe(request);
    if (rule === 'person') return;
    visitors.checkOrigin(request, false);
    visitors.checkCsrf(request, login);
  });
  return routes;
}
