#!/usr/bin/env node
import { runService } from '@ats/runtime';
import { openSealedConfig, openSystemRpc } from '@ats/security';
import { openPorts } from '@ats/storage';
import { priceCollector } from './service.ts';

await runService({
  module: priceCollector,
  openPorts,
  openRpc: openSystemRpc(priceCollector.name),
  openSealed: openSealedConfig,
});
