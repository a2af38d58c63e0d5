#!/usr/bin/env node
import { openRpcDirectory, rpcAddresses, runService } from '@ats/runtime';
import { openPorts } from '@ats/storage';
import { venueGateway } from './service.ts';

await runService({
  module: venueGateway,
  openPorts,
  openRpc: (parts) => openRpcDirectory({ ...parts, addresses: rpcAddresses(parts.config.rpc) }),
});
