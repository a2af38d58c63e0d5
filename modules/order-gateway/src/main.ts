#!/usr/bin/env node
import { openRpcDirectory, rpcAddresses, runService } from '@ats/runtime';
import { openPorts } from '@ats/storage';
import { orderGateway } from './service.ts';

await runService({
  module: orderGateway,
  openPorts,
  openRpc: (parts) => openRpcDirectory({ ...parts, addresses: rpcAddresses(parts.config.rpc) }),
});
