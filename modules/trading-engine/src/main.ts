#!/usr/bin/env node
import { runService } from '@ats/runtime';
import { openSealedConfig, openSystemRpc } from '@ats/security';
import { openPorts } from '@ats/storage';
import { tradingEngine } from './service.ts';

await runService({
  module: tradingEngine,
  openPorts,
  openRpc: openSystemRpc(tradingEngine.name),
  openSealed: openSealedConfig,
});
