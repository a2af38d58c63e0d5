#!/usr/bin/env node
import { runService } from '@ats/runtime';
import { secured } from '@ats/security';
import { openPorts } from '@ats/storage';
import { riskManager } from './service.ts';

await runService({
  module: riskManager,
  openPorts,
  ...secured(riskManager.name),
});
