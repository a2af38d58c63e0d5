#!/usr/bin/env node
import { runService } from '@ats/runtime';
import { openSealedConfig, openSystemRpc } from '@ats/security';
import { openPorts } from '@ats/storage';
import { accessService } from './service.ts';

await runService({
  module: accessService,
  openPorts,
  openRpc: openSystemRpc(accessService.name),
  openSealed: openSealedConfig,
});
