#!/usr/bin/env node
import { runService } from '@ats/runtime';
import { openSealedConfig, openSystemRpc } from '@ats/security';
import { openPorts } from '@ats/storage';
import { orderGateway } from './service.ts';

await runService({
  module: orderGateway,
  openPorts,
  openRpc: openSystemRpc(orderGateway.name),
  openSealed: openSealedConfig,
});
