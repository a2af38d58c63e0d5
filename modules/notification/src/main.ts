#!/usr/bin/env node
import { runService } from '@ats/runtime';
import { secured } from '@ats/security';
import { openPorts } from '@ats/storage';
import { notification } from './service.ts';

await runService({
  module: notification,
  openPorts,
  ...secured(notification.name),
});
