#!/usr/bin/env node
import { runService } from '@ats/runtime';
import { openSealedConfig, openSystemRpc } from '@ats/security';
import { openPorts } from '@ats/storage';
import { omsCore } from './service.ts';

await runService({
  module: omsCore,
  openPorts,
  openRpc: openSystemRpc(omsCore.name),
  openSealed: openSealedConfig,
});
