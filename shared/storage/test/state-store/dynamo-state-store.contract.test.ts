import { fileURLToPath } from 'node:url';
import { systemClock, systemTimers } from '@ats/runtime';
import { openDynamoStateStore } from '@ats/storage';
import {
  type DynamoDbServer,
  describeWithEngine,
  type FaultProxy,
  type StateStoreEnvironment,
  startDynamoDb,
  startFaultProxy,
  stateStoreContract,
} from '@ats/testkit';

const SCRIPT = fileURLToPath(new URL('dynamo-transfer-process.ts', import.meta.url));
const ATTEMPTS_MAX = 3;
const DAY_US = 86_400_000_000;

describeWithEngine('dynamodb', 'dynamodb: state store', () => {
  let server: DynamoDbServer;
  let proxy: FaultProxy;
  let run = 0;
  /** Each test has tables of its own. */
  const url = (port = server.port): string =>
    `dynamodb+http://127.0.0.1:${port}?prefix=test-${run}-`;
  const open = (environment: StateStoreEnvironment, port = server.port) => {
    const limits = { timers: systemTimers, timeoutMs: 2000, attemptsMax: ATTEMPTS_MAX };
    return openDynamoStateStore({ ...environment, ...limits, url: url(port) });
  };
  beforeAll(async () => {
    server = await startDynamoDb();
    proxy = await startFaultProxy(server);
  }, 90_000);
  afterAll(async () => {
    await proxy.close();
    await server.close();
  });
  const answer = (count: number, type: string, rest: object = {}): void =>
    proxy.refuse(count, {
      status: 400,
      headers: { 'content-type': 'application/x-amz-json-1.0' },
      body: JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${type}`, ...rest }),
    });

  stateStoreContract({
    open: (environment) => open(environment),
    async reset() {
      run += 1;
    },
    limits: { durability: 'disk', queue: 'bounded', conflicts: 'possible', purge: 'server' },
    // The server frees expired items by its own clock, which must not overtake the test's.
    startUs: () => systemClock.nowUs() + DAY_US,
    writer: () => ({ script: SCRIPT, args: [url()] }),
    server: () => ({
      process: server,
      attemptsMax: ATTEMPTS_MAX,
      openBehindProxy: (environment) => open(environment, proxy.port),
      throttle: (count) => answer(count, 'ThrottlingException'),
      conflict(count) {
        const none = { Code: 'None' };
        const CancellationReasons = [none, { Code: 'TransactionConflict' }, none];
        answer(count, 'TransactionCanceledException', { CancellationReasons });
      },
      loseAnswers: (count) => proxy.loseAnswers(count),
    }),
  });
});
