/** The files that run on the distributed profile. A test holds both lists against the folder. */
export const DISTRIBUTED = ['distributed', 'up', 'orders', 'risk', 'flatten', 'dashboard'];

/** What does not, and why. */
export const LEFT_OUT: Readonly<Record<string, string>> = {
  backtest: 'it runs no services: "ats backtest" is one process in any profile',
  browser: "the pages talk to the dashboard's server alone, which dashboard.test holds",
  'browser-pages': 'the same',
  containers: 'it looks at images and compose files, not at a running system',
  docs: 'it types what pages say, and those of the other profile say so',
  feeds: "feeds are the collector's own; half of its cases look into the same process",
  monitoring: 'it starts a system in one process, and knows which metrics that cannot have',
  parity: 'a session is recorded within one process, and --record-session says so',
  record: '"ats record" is the collector alone, in one process, and says so',
  recovery: 'it rebuilds and backs up the LMDB of a system in one process',
  replay: 'it runs no services',
  tracing: 'hardly a trade completes on DynamoDB Local, and it wants whole ones',
};
