import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ACCESS_SERVICE } from '@ats/contracts';
import {
  type Caller,
  loadConfig,
  openRpcDirectory,
  parseConfig,
  type RpcGuard,
  seededRandom,
} from '@ats/runtime';
import {
  type AccessEntry,
  HeldStreams,
  introspector,
  openGuard,
  serviceCaller,
  sessionLasts,
  systemEntropy,
} from '@ats/security';
import type { EventLog } from '@ats/storage';
import {
  manualClock,
  manualTimers,
  memoryMetrics,
  memoryStateStore,
  silentLogger,
} from '@ats/testkit';
import { generateSync } from 'otplib';
import { accessConfigSchema } from '../src/config.ts';
import { startAccess } from '../src/service.ts';

const CONFIG_FOLDER = fileURLToPath(new URL('../../../config', import.meta.url));
export const CALL = { deadlineMs: 20_000 };
export const PASSWORD = 'granite-otter-wallpaper-71';
const START_US = 1_790_000_000_000_000;

/** The access service as it runs, with time in the test's hand, called within the process. */
export async function openStage(
  assignments: readonly string[] = [],
  folder = mkdtempSync(join(tmpdir(), 'ats-access-')),
) {
  const loaded = loadConfig({
    folder: CONFIG_FOLDER,
    environment: {},
    assignments: [`security.folder=${folder}`, 'security.rememberMs=0', ...assignments],
  });
  const config = parseConfig(loaded, accessConfigSchema);
  const clock = manualClock(START_US);
  const timers = manualTimers(clock);
  const entries: AccessEntry[] = [];
  const log = { write: (entry: AccessEntry) => void entries.push(entry) };
  const client = () => rpc.client(ACCESS_SERVICE);
  const introspect = introspector({ client, clock, rememberMs: 0, deadlineMs: 1000 });
  const lasts = sessionLasts(client, 1000);
  const streams = new HeldStreams({ lasts, timers, everyMs: 1000 });
  const guard: RpcGuard = openGuard({
    ...{ self: 'ats', services: new Set(['ats']), introspect, clock, log, streams },
  });
  const metrics = memoryMetrics();
  const parts = { clock, timers, random: seededRandom(1), logger: silentLogger(), metrics };
  const rpc = openRpcDirectory({ ...parts, guard, addresses: {}, listen: false });
  const state = memoryStateStore(clock);
  const appended: unknown[] = [];
  const eventLog = { append: async (record: unknown) => void appended.push(record) };
  const ports = {
    stateStore: async () => state,
    eventLog: async () => eventLog as unknown as EventLog,
  };
  const running = await startAccess({ ...parts, config, rpc, ports }, systemEntropy);
  return {
    ...{ folder, clock, timers, rpc, guard, entries, appended, access: client(), running, state },
    close: async () => {
      await running.drain();
      await rpc.close();
    },
  };
}

export type Stage = Awaited<ReturnType<typeof openStage>>;

/** Makes the first administrator. */
export async function setUp({ access, running }: Stage, userName = 'ann'): Promise<void> {
  const token = running.setUpLink?.split('#')[1] ?? '';
  await access.SetUp({ token, userName, password: PASSWORD, source: '' }, CALL);
}

export const bearer = (accessToken: string | undefined) => {
  return { ...CALL, authorization: `Bearer ${accessToken}` };
};

export async function login({ access }: Stage, userName = 'ann') {
  const { tokens } = await access.Login({ userName, password: PASSWORD, source: '1.2.3.4' }, CALL);
  if (tokens === null) throw new Error('a code is asked for');
  return tokens;
}

/** The code that an authenticator shows now. */
export const codeOf = ({ clock }: Stage, secret: string): string =>
  generateSync({ secret, epoch: Math.floor(clock.nowUs() / 1_000_000) });

/** Enrols an authenticator. @returns its secret and the backup codes */
export async function enrol(stage: Stage, accessToken: string) {
  const { secret } = await stage.access.BeginTotp({}, bearer(accessToken));
  const code = codeOf(stage, secret);
  const { backupCodes } = await stage.access.ConfirmTotp({ code }, bearer(accessToken));
  stage.clock.advanceUs(30_000_000);
  return { secret, backupCodes };
}

export const asCaller = (changes: Partial<Caller>): Caller => {
  return { ...serviceCaller('test', 'test'), ...changes };
};
