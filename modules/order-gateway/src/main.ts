#!/usr/bin/env node
import { runService } from '@ats/runtime';
import { secured } from '@ats/security';
import { openPorts } from '@ats/storage';
import { orderGateway } from './service.ts';

await runService({
  module: orderGateway,
  openPorts,
  ...secured(orderGateway.name),
});
