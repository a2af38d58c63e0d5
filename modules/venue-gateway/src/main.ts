#!/usr/bin/env node
import { runService } from '@ats/runtime';
import { secured } from '@ats/security';
import { openPorts } from '@ats/storage';
import { venueGateway } from './service.ts';

await runService({
  module: venueGateway,
  openPorts,
  ...secured(venueGateway.name),
});
