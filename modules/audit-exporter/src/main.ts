#!/usr/bin/env node
import { runService } from '@ats/runtime';
import { openSealedConfig, openSystemRpc } from '@ats/security';
import { openPorts } from '@ats/storage';
import { auditExporter } from './service.ts';

await runService({
  module: auditExporter,
  openPorts,
  openRpc: openSystemRpc(auditExporter.name),
  openSealed: openSealedConfig,
});
