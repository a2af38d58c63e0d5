#!/usr/bin/env node
import { runService } from '@ats/runtime';
import { openSystemRpc } from '@ats/security';
import { openPorts } from '@ats/storage';
import { tradingEngine } from './service.ts';

await runService({
  module: tradingEngine,
  openPorts,
  openRpc: openSystemRpc(tradingEngine.name),
});
