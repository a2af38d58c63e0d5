#!/usr/bin/env node
import { runService } from '@ats/runtime';
import { secured } from '@ats/security';
import { openPorts } from '@ats/storage';
import { auditExporter } from './service.ts';

await runService({
  module: auditExporter,
  openPorts,
  ...secured(auditExporter.name),
});
