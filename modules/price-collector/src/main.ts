#!/usr/bin/env node
import { runService } from '@ats/runtime';
import { secured } from '@ats/security';
import { openPorts } from '@ats/storage';
import { priceCollector } from './service.ts';

await runService({
  module: priceCollector,
  openPorts,
  ...secured(priceCollector.name),
});
