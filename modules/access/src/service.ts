import { rm } from 'node:fs/promises';
import { ACCESS_SERVICE } from '@ats/contracts';
import { AtsError } from '@ats/domain';
import {
  limitHits,
  type RunningService,
  type ServiceContext,
  type ServiceModule,
} from '@ats/runtime';
import {
  type Entropy,
  openAccessLog,
  openMasterKeys,
  PasswordHasher,
  renewMasterKeyFile,
  systemEntropy,
  Vault,
  writeFileAtomically,
} from '@ats/security';
import type { DurablePorts } from '@ats/storage';
import { accessHandlers } from './app/access-handlers.ts';
import { Approvals } from './app/approvals.ts';
import { Document } from './app/document.ts';
import { ExchangeKeys } from './app/exchange-keys.ts';
import { PeopleBook } from './app/people.ts';
import { Sessions } from './app/sessions.ts';
import { SignIn } from './app/sign-in.ts';
import { SigningKeys } from './app/signing-keys.ts';
import { type AccessConfig, accessConfigSchema, linkUrlOf } from './config.ts';
import { NOBODY, type People, peopleSchema } from './domain/users.ts';

const MINUTE_US = 60_000_000;
const HOUR_US = 60 * MINUTE_US;

export type AccessPorts = Pick<DurablePorts, 'eventLog' | 'stateStore'>;
type AccessContext = ServiceContext<AccessConfig, AccessPorts>;

export interface RunningAccess extends RunningService {
  /** `host:port` of the gRPC server; empty when only this process calls. */
  readonly address: string;
  /** Where the first administrator is made; undefined when there is one. A secret. */
  readonly setUpLink: string | undefined;
}

/** People, their sessions and second factors, approvals, and the vault. */
export const accessService: ServiceModule<AccessConfig, AccessPorts, RunningAccess> = {
  name: 'access',
  configSchema: accessConfigSchema,
  start: (context) => startAccess(context, systemEntropy),
};

/** @param entropy where secrets come from; a test brings its own */
export async function startAccess(
  context: AccessContext,
  entropy: Entropy,
): Promise<RunningAccess> {
  const { config, ports, rpc, logger } = context;
  const { vault, rotateVault } = await openVault(config, entropy);
  const state = await ports.stateStore();
  const as = { schema: peopleSchema, empty: NOBODY };
  const document = await Document.open<People>(vault, 'people', as);
  const hasher = new PasswordHasher(entropy);
  const shared = { ...context, vault, state, entropy, hasher };
  const parts = await assemble(shared, document);
  const link = await parts.people.firstLink();
  const setUpLink = link === undefined ? undefined : `${linkUrlOf(config)}#${link.token}`;
  await keepLink(`${config.security.folder}/set-up-link`, setUpLink);
  const serving = await rpc.serve(ACCESS_SERVICE, accessHandlers({ ...parts, rotateVault }));
  const { address } = serving;
  logger.info('access.serving', 'people can log in', { address, setUp: link === undefined });
  return {
    address,
    setUpLink,
    readiness: () => {
      const { ok, reason } = state.health();
      return ok ? { ready: true, reasons: [] } : { ready: false, reasons: [reason] };
    },
    async drain() {
      serving.setServing(false);
      await serving.stop();
      parts.keys.close();
      await parts.log.close();
    },
  };
}

/** Where nobody watches the terminal the link is in a file of mode 0600; once used it is spent. */
async function keepLink(path: string, link: string | undefined): Promise<void> {
  if (link === undefined) await rm(path, { force: true });
  else await writeFileAtomically(path, Buffer.from(`${link}\n`));
}

interface Shared extends AccessContext {
  readonly vault: Vault;
  readonly state: Awaited<ReturnType<AccessPorts['stateStore']>>;
  readonly entropy: Entropy;
  readonly hasher: PasswordHasher;
}

async function assemble(shared: Shared, document: Document<People>) {
  const { config, clock, logger, metrics, ports, vault } = shared;
  const { access } = config;
  const refreshUs = access.refreshHours * HOUR_US;
  const keys = await SigningKeys.open({
    ...shared,
    rotationUs: access.signingKeyHours * HOUR_US,
    keepUs: refreshUs,
    onFailure: (error) => logger.error('access.key_failed', 'no new signing key', { error }),
  });
  const times = { setUpUs: access.setUpMinutes * MINUTE_US };
  const invitationUs = access.invitationHours * HOUR_US;
  const people = new PeopleBook({ ...shared, ...times, document, invitationUs });
  const accessUs = access.accessMinutes * MINUTE_US;
  const sessionUs = access.sessionHours * HOUR_US;
  const sessions = new Sessions({ ...shared, keys, accessUs, refreshUs, sessionUs });
  const log = openAccessLog({ ...shared, eventLog: () => ports.eventLog() });
  const onLimit = limitHits(metrics, { name: 'ats_access_limit_hits_total', limits: ['tries'] });
  const tries = { ...access.tries, onForgotten: () => onLimit('tries') };
  const kinds = new Set<string>(access.approvals.kinds);
  const lastsUs = access.approvals.minutes * MINUTE_US;
  return {
    ...{ people, sessions, keys, clock, log },
    signIn: new SignIn({ ...shared, people, sessions, keys, log, tries }),
    approvals: new Approvals({ ...shared, kinds, lastsUs }),
    exchangeKeys: await ExchangeKeys.open(vault, clock),
    stepUpUs: access.stepUpMinutes * MINUTE_US,
  };
}

async function openVault({ security, access }: AccessConfig, entropy: Entropy) {
  const { folder } = security;
  const file = `${folder}/master-key`;
  const saltFile = `${folder}/passphrase-salt`;
  const keys = openMasterKeys({ ...access, file, saltFile, entropy });
  const vault = new Vault({ folder: `${folder}/vault`, keys, entropy });
  // What an earlier key has sealed is sealed by this one from now on; a damaged file is told of.
  await vault.rotate();
  const inFile = access.masterKey === undefined && access.passphrase === undefined;
  const rotateVault = async () => {
    if (!inFile) throw notOurs();
    const keyIdBefore = vault.keyId;
    const next = await renewMasterKeyFile(file, entropy);
    const documents = await vault.rotate(next.keys);
    await next.drop();
    return { keyIdBefore, keyId: vault.keyId, documents };
  };
  return { vault, rotateVault };
}

const notOurs = (): AtsError =>
  new AtsError({
    code: 'ACCESS_INVALID',
    message: 'the master key is configured, and is not kept by ATS',
    remedy:
      'Configure a new access.masterKey, with the old one as access.previousKey, and restart.',
    context: { field: 'access.masterKey', value: '***' },
  });
