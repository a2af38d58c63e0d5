#!/usr/bin/env node
import { runService } from '@ats/runtime';
import { secured } from '@ats/security';
import { openPorts } from '@ats/storage';
import { omsCore } from './service.ts';

await runService({
  module: omsCore,
  openPorts,
  ...secured(omsCore.name),
});
