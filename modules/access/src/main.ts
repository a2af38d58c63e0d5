#!/usr/bin/env node
import { runService } from '@ats/runtime';
import { secured } from '@ats/security';
import { openPorts } from '@ats/storage';
import { accessService } from './service.ts';

await runService({
  module: accessService,
  openPorts,
  ...secured(accessService.name),
});
