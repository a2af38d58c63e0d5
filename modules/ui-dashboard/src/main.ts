#!/usr/bin/env node
import { runService } from '@ats/runtime';
import { openSealedConfig, openSystemRpc } from '@ats/security';
import { openPorts } from '@ats/storage';
import { uiDashboard } from './service.ts';

await runService({
  module: uiDashboard,
  openPorts,
  openRpc: openSystemRpc(uiDashboard.name),
  openSealed: openSealedConfig,
});
