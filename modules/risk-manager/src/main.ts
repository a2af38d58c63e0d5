#!/usr/bin/env node
import { runService } from '@ats/runtime';
import { openSealedConfig, openSystemRpc } from '@ats/security';
import { openPorts } from '@ats/storage';
import { riskManager } from './service.ts';

await runService({
  module: riskManager,
  openPorts,
  openRpc: openSystemRpc(riskManager.name),
  openSealed: openSealedConfig,
});
