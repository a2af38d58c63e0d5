import { existsSync, mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { VENUE_SERVICE } from '@ats/contracts';
import {
  openRpcDirectory,
  type RpcDirectory,
  type RpcTls,
  seededRandom,
  systemClock,
  systemTimers,
} from '@ats/runtime';
import { manualClock, manualTimers, memoryMetrics, silentLogger, until } from '@ats/testkit';
import {
  type AccessEntry,
  type Authority,
  HeldStreams,
  issueCertificate,
  makeAuthority,
  openGuard,
  openTls,
  systemEntropy,
  type TlsFiles,
} from '../src/index.ts';

const HOUR_MS = 3_600_000;
type ManualTimers = ReturnType<typeof manualTimers>;
const folderOf = () => mkdtempSync(join(tmpdir(), 'ats-tls-'));
// Behind the real time, by which TLS judges what is renewed here.
const timers = manualTimers(manualClock(systemClock.nowUs() - 17 * HOUR_MS * 1000));
const closing: (() => void | Promise<void>)[] = [];
const entries: AccessEntry[] = [];
const NO_STREAMS = new HeldStreams({
  lasts: async () => true,
  timers: systemTimers,
  everyMs: 1000,
});

async function tlsOf(
  name: string,
  folder: string,
  { tls, by = timers }: { readonly tls?: TlsFiles; readonly by?: ManualTimers } = {},
) {
  const opened = await openTls({
    ...{ name, folder, hosts: ['127.0.0.1'], certificateDays: 1, tls },
    ...{ clock: by.clock, timers: by, entropy: systemEntropy, onRenewal: () => {} },
  });
  closing.push(() => opened.close());
  return opened;
}

const ANN = {
  ...{ name: 'ann', role: 'administrator', sessionId: 's1', accounts: [] },
  ...{ expiresAtUs: 0, stepUpUntilUs: 0 },
};

function directory(address: string, tls: RpcTls | undefined): RpcDirectory {
  const guard = openGuard({
    ...{ self: 'ats', services: new Set(['ats', 'oms-core', 'ui-dashboard']), clock: systemClock },
    introspect: async (token) => ({ ...ANN, active: token === 'ann' }),
    log: { write: (entry) => void entries.push(entry) },
    streams: NO_STREAMS,
  });
  const rpc = openRpcDirectory({
    ...{ clock: systemClock, timers: systemTimers, random: seededRandom(1), guard },
    ...{ logger: silentLogger(), metrics: memoryMetrics() },
    addresses: { [VENUE_SERVICE.fullName]: { address, field: 'rpc.venueAddress' } },
    ...(tls === undefined ? {} : { tls }),
  });
  closing.push(() => rpc.close());
  return rpc;
}

const serve = async (folder: string): Promise<string> => serveWith(await tlsOf('ats', folder));

async function serveWith(tls: RpcTls): Promise<string> {
  const never = (): never => {
    throw new Error('not asked here');
  };
  const rpc = directory('127.0.0.1:0', tls);
  const handlers = {
    ListVenues: () => ({ venues: [] }),
    GetVenueState: never,
    TestKey: () => ({ told: true }),
  };
  return (await rpc.serve(VENUE_SERVICE, handlers)).address;
}

const ask = (rpc: RpcDirectory) => rpc.client(VENUE_SERVICE).ListVenues({}, { deadlineMs: 2000 });

/** The serial number of the certificate that a server shows. */
function serialAt(address: string, { authority, certificate, key }: RpcTls): Promise<string> {
  const [host = '', port] = address.split(':');
  return new Promise((resolve, reject) => {
    const options = { ca: authority, cert: certificate, key, servername: 'localhost' };
    const socket = connect({ ...options, host, port: Number(port) }, () => {
      resolve(socket.getPeerCertificate().serialNumber);
      socket.destroy();
    });
    socket.once('error', reject);
  });
}

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

describe("an authority of one's own", () => {
  /** Writes the files that `security.tls` names. */
  async function files(name: string, authority: Authority, folder = folderOf()) {
    const parts = { clock: systemClock, entropy: systemEntropy };
    const wanted = { name, hosts: ['127.0.0.1'], days: 1 };
    const made = await issueCertificate(authority, wanted, parts);
    const write = (file: string, contents: Uint8Array): string => {
      writeFileSync(join(folder, file), contents, { mode: 0o600 });
      return join(folder, file);
    };
    return {
      folder,
      tls: {
        authorityFile: write('authority.crt', made.authority),
        certificateFile: write('own.crt', made.certificate),
        keyFile: write('own.key', made.key),
      },
    };
  }
  const ownTls = async (name: string, authority: Authority) =>
    tlsOf(name, '/nowhere', { tls: (await files(name, authority)).tls });

  it('is used from its files, and nothing of the local one is made', async () => {
    const own = await makeAuthority({ clock: systemClock, entropy: systemEntropy });
    const address = await serveWith(await ownTls('ats', own));
    for (const name of ['oms-core', 'operator']) {
      expect(await ask(directory(address, await ownTls(name, own)))).toEqual({ venues: [] });
    }
    const local = directory(address, await tlsOf('oms-core', folderOf()));
    await expect(ask(local)).rejects.toMatchObject({ code: 'RPC_UNAVAILABLE' });
    expect(existsSync('/nowhere')).toBe(false);
  });

  it('renews by new files, which a running server takes up', async () => {
    const own = await makeAuthority({ clock: systemClock, entropy: systemEntropy });
    const { tls, folder } = await files('ats', own);
    const by = manualTimers(manualClock(systemClock.nowUs()));
    const address = await serveWith(await tlsOf('ats', '/nowhere', { tls, by }));
    const mine = await ownTls('oms-core', own);
    const before = await serialAt(address, mine);
    await files('ats', own, folder);
    by.advance(2 * HOUR_MS);
    await until(async () => (await serialAt(address, mine)) !== before);
  });

  it('says which file cannot be read', async () => {
    const own = await makeAuthority({ clock: systemClock, entropy: systemEntropy });
    const { tls } = await files('ats', own);
    const opened = tlsOf('ats', '/nowhere', { tls: { ...tls, keyFile: '/nowhere/own.key' } });
    await expect(opened).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      context: expect.objectContaining({ field: 'security.tls.keyFile' }),
    });
  });
});

describe('certificates of the local authority', () => {
  it('let services and the operator in, each under its own name', async () => {
    const folder = folderOf();
    const address = await serve(folder);
    for (const name of ['oms-core', 'operator']) {
      const answer = await ask(directory(address, await tlsOf(name, folder)));
      expect(answer).toEqual({ venues: [] });
    }
    expect(statSync(join(folder, 'authority.pem')).mode & 0o777).toBe(0o600);
  });

  it('turn away another authority, plain text, and a name that is no service', async () => {
    const folder = folderOf();
    const address = await serve(folder);
    const stranger = directory(address, await tlsOf('oms-core', folderOf()));
    await expect(ask(stranger)).rejects.toMatchObject({ code: 'RPC_UNAVAILABLE' });
    const forger = { ...(await tlsOf('oms-core', folderOf())) };
    const trusting = { ...forger, authority: (await tlsOf('ats', folder)).authority };
    await expect(ask(directory(address, trusting))).rejects.toMatchObject({
      code: 'RPC_UNAVAILABLE',
    });
    const plain = directory(address, undefined);
    await expect(ask(plain)).rejects.toMatchObject({ code: 'RPC_UNAVAILABLE' });
    const unknown = directory(address, await tlsOf('somebody', folder));
    await expect(ask(unknown)).rejects.toMatchObject({ code: 'REQUEST_UNAUTHENTICATED' });
    expect(entries.at(-1)).toMatchObject({ actor: 'somebody', outcome: 'denied' });
  });

  it('say whose word is taken for where a person is', async () => {
    const folder = folderOf();
    const address = await serve(folder);
    const ask = async (name: string, personSource: string, authorization = 'Bearer ann') => {
      const rpc = directory(address, await tlsOf(name, folder));
      const options = { deadlineMs: 2000, authorization, personSource };
      await rpc
        .client(VENUE_SERVICE)
        .TestKey({ venue: 'kraken' }, options)
        .catch(() => undefined);
      const { actor, source } = entries.at(-1) ?? {};
      return [actor, source];
    };
    expect(await ask('ui-dashboard', '203.0.113.9')).toEqual(['ann', '203.0.113.9']);
    expect(await ask('ui-dashboard', '2001:db8::1')).toEqual(['ann', '2001:db8::1']);
    expect(await ask('ui-dashboard', '<b>here</b>')).toEqual(['ann', '127.0.0.1']);
    expect(await ask('oms-core', '203.0.113.9')).toEqual(['ann', '127.0.0.1']);
    expect(await ask('operator', '203.0.113.9')).toEqual(['ann', '127.0.0.1']);
    const forged = await ask('ui-dashboard', '203.0.113.9', 'Bearer forged');
    expect(forged).toEqual(['ui-dashboard', '203.0.113.9']);
  });

  it('are renewed while a server runs, before the old one ends', async () => {
    const folder = folderOf();
    const address = await serve(folder);
    const mine = await tlsOf('oms-core', folder);
    const before = await serialAt(address, mine);
    timers.advance(15 * HOUR_MS);
    expect(await serialAt(address, mine)).toBe(before);
    timers.advance(2 * HOUR_MS);
    await until(async () => (await serialAt(address, mine)) !== before);
    expect(await ask(directory(address, await tlsOf('oms-core', folder)))).toEqual({ venues: [] });
  });
});
