#!/usr/bin/env node
import { openRpcDirectory, rpcAddresses, runService } from '@ats/runtime';
import { openPorts } from '@ats/storage';
import { notification } from './service.ts';

await runService({
  module: notification,
  openPorts,
  openRpc: (parts) => openRpcDirectory({ ...parts, addresses: rpcAddresses(parts.config.rpc) }),
});
