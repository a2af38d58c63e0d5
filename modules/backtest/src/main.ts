#!/usr/bin/env node
import { openRpcDirectory, rpcAddresses, runService } from '@ats/runtime';
import { openPorts } from '@ats/storage';
import { backtest } from './service.ts';

await runService({
  module: backtest,
  openPorts,
  openRpc: (parts) => openRpcDirectory({ ...parts, addresses: rpcAddresses(parts.config.rpc) }),
});
