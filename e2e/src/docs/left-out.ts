import type { DocCommand } from './shell-commands.ts';

/** Commands that are checked and not run, each with the reason why. The first that fits counts. */
const LEFT_OUT: readonly { readonly of?: RegExp; readonly on?: RegExp; readonly why: string }[] = [
  { of: /^docker |^sh infra\/docker/, why: 'wants a Docker engine; infra/test reads its files' },
  { of: /^helm |^kubectl /, why: 'wants a cluster; infra/test holds the chart against schemas' },
  { of: /^terraform |terraform\.tfvars/, why: 'wants an account at AWS' },
  { of: /^prometheus /, why: 'wants Prometheus; e2e/test/monitoring runs it' },
  { of: /^npm ci(?! && npm start)/, why: 'is what installed whatever runs this' },
  { of: /^npm test/, why: 'is what runs this' },
  { of: /^npm audit/, why: 'asks the registry, whose answer changes by itself' },
  { of: /:8181\//, why: 'wants an InfluxDB 3' },
  {
    of: /^npm run (e2e|screenshots)|^ATS_DASHBOARD_URL|^vite /,
    why: 'wants a browser, has a stage',
  },
  {
    of: /^npm run (lint|format|sim|chaos|soak|scale|bench|fuzz|engines|tools|docs:|dashboards)/,
    why: 'has a stage of its own in .ci/run, or changes sources',
  },
  {
    of: /--mode (live|paper)(?! --duration)|^ats (up|doctor) -c paper|^ats doctor -c live/,
    why: 'wants real exchanges',
  },
  {
    of: /^ats keys (add|test|remove)|config encrypt|users |approvals approve/,
    why: 'asks a person',
  },
  {
    of: /^ats (approvals|reconcile|resume.*balances agree)/,
    on: /go-live|^README/,
    why: 'wants real exchanges',
  },
  { of: /profile[ =]distributed|data set-up/, why: 'wants engines; e2e:distributed runs it' },
  {
    of: /\b(DIFFERENCE|DIR|FOLDER|NAME|AMOUNT|KEY)\b|\bTHE-[A-Z]+|\b[0-9a-f]{16}\b/,
    why: 'has a place to fill in',
  },
  { of: /^ats restore --from (?!.*(--to|--force))/, why: 'is for a machine without data' },
  { of: /binance_quotes|binance-btc|MONTH/, why: 'wants recordings of days' },
  { on: /^docs\/runbooks\//, why: 'wants the trouble that its page is about' },
];

/** Why a command is not run; undefined when it is. */
export function leftOutBecause({ page, text }: DocCommand): string | undefined {
  return LEFT_OUT.find(({ of, on }) => (of?.test(text) ?? true) && (on?.test(page) ?? true))?.why;
}
