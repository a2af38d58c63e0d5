#!/usr/bin/env node
import { runService } from '@ats/runtime';
import { secured } from '@ats/security';
import { openPorts } from '@ats/storage';
import { backtest } from './service.ts';

await runService({ module: backtest, openPorts, ...secured(backtest.name) });
