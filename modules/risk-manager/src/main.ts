#!/usr/bin/env node
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  describeProblem,
  exitCodeOf,
  loadConfig,
  openHost,
  openRpcDirectory,
  rpcAddresses,
  systemClock,
  systemTimers,
} from '@ats/runtime';
import { riskManager } from './service.ts';

async function run(): Promise<void> {
  const { values } = parseArgs({
    options: { config: { type: 'string' }, set: { type: 'string', multiple: true, default: [] } },
  });
  const loaded = loadConfig({
    folder: fileURLToPath(new URL('../../../config', import.meta.url)),
    ...(values.config === undefined ? {} : { file: values.config }),
    environment: process.env,
    assignments: values.set,
  });
  const stopRequested = Promise.withResolvers<void>();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => stopRequested.resolve());
  }
  const host = await openHost({
    loaded,
    clock: systemClock,
    timers: systemTimers,
    logDestination: process.stdout,
    // Risk keeps nothing yet: it needs no ports.
    openPorts: () => ({ close: () => Promise.resolve() }),
    openRpc: (parts) => openRpcDirectory({ ...parts, addresses: rpcAddresses(parts.config.rpc) }),
  });
  try {
    await host.start(riskManager);
    await stopRequested.promise;
  } finally {
    await host.stop();
  }
}

try {
  await run();
} catch (problem) {
  process.stderr.write(`${describeProblem(problem)}\n`);
  process.exitCode = exitCodeOf(problem);
}
