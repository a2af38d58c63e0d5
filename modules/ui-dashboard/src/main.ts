#!/usr/bin/env node
import { runService } from '@ats/runtime';
import { secured } from '@ats/security';
import { openPorts } from '@ats/storage';
import { uiDashboard } from './service.ts';

await runService({
  module: uiDashboard,
  openPorts,
  ...secured(uiDashboard.name),
});
