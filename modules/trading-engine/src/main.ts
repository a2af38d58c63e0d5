#!/usr/bin/env node
import { runService } from '@ats/runtime';
import { secured } from '@ats/security';
import { openPorts } from '@ats/storage';
import { tradingEngine } from './service.ts';

await runService({
  module: tradingEngine,
  openPorts,
  ...secured(tradingEngine.name),
});
