#!/usr/bin/env node
import { runService } from '@ats/runtime';
import { openSealedConfig, openSystemRpc } from '@ats/security';
import { openPorts } from '@ats/storage';
import { venueGateway } from './service.ts';

await runService({
  module: venueGateway,
  openPorts,
  openRpc: openSystemRpc(venueGateway.name),
  openSealed: openSealedConfig,
});
