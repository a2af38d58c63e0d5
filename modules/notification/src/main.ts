#!/usr/bin/env node
import { runService } from '@ats/runtime';
import { openSealedConfig, openSystemRpc } from '@ats/security';
import { openPorts } from '@ats/storage';
import { notification } from './service.ts';

await runService({
  module: notification,
  openPorts,
  openRpc: openSystemRpc(notification.name),
  openSealed: openSealedConfig,
});
