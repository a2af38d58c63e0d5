#!/usr/bin/env node
import { openRpcDirectory, rpcAddresses, runService } from '@ats/runtime';
import { openPorts } from '@ats/storage';
import { riskManager } from './service.ts';

await runService({
  module: riskManager,
  openPorts,
  openRpc: (parts) => openRpcDirectory({ ...parts, addresses: rpcAddresses(parts.config.rpc) }),
});
