#!/usr/bin/env node
import { openRpcDirectory, rpcAddresses, runService } from '@ats/runtime';
import { riskManager } from './service.ts';

await runService({
  module: riskManager,
  // Risk keeps nothing yet: it needs no ports.
  openPorts: () => ({ close: () => Promise.resolve() }),
  openRpc: (parts) => openRpcDirectory({ ...parts, addresses: rpcAddresses(parts.config.rpc) }),
});
