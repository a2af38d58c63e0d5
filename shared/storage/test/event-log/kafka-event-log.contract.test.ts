import { fileURLToPath } from 'node:url';
import { systemClock, systemTimers } from '@ats/runtime';
import { openKafkaEventLog } from '@ats/storage';
import { describeWithEngine, eventLogContract, type KafkaServer, startKafka } from '@ats/testkit';

const SCRIPT = fileURLToPath(new URL('kafka-append-process.ts', import.meta.url));

describeWithEngine('kafka', 'kafka: event log', () => {
  let server: KafkaServer;
  let run = 0;
  /** Each test has topics and groups of its own. */
  const url = (): string => `${server.url}?prefix=test-${run}-`;
  const time = { clock: systemClock, timers: systemTimers };
  beforeAll(async () => {
    server = await startKafka();
  }, 120_000);
  afterAll(() => server.close());

  eventLogContract({
    open: (environment) =>
      openKafkaEventLog({ url: url(), ...time, timeoutMs: 1500, ...environment }),
    async reset() {
      run += 1;
    },
    writer: () => ({ script: SCRIPT, args: [url()] }),
    server: () => server,
  });
});
