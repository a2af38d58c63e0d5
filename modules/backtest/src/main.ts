#!/usr/bin/env node
import { runService } from '@ats/runtime';
import { openSealedConfig, openSystemRpc } from '@ats/security';
import { openPorts } from '@ats/storage';
import { backtest } from './service.ts';

await runService({ module: backtest, openPorts, openRpc: openSystemRpc(backtest.name), openSealed: openSealedConfig });
