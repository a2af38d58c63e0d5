// The X.509 library's dependency injection wants it there before it loads.
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { AtsError } from '@ats/domain';
import type { Clock, RpcTls, TimerHandle, Timers } from '@ats/runtime';
import * as x509 from '@peculiar/x509';
import type { Entropy } from '../entropy.ts';
import { readOrMakeFile } from './secret-file.ts';

const KEYS = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const SIGNING = { name: 'ECDSA', hash: 'SHA-256' } as const;
const DAY_MS = 86_400_000;
const AUTHORITY_DAYS = 3650;
/** Clocks of machines differ. */
const BACKDATE_MS = 3_600_000;
const CHECK_MS = 3_600_000;
const SERIAL_BYTES = 16;
const FIELD = 'security.folder';
const REMEDY = 'Remove the file to have a new authority made, then restart every service.';
x509.cryptoProvider.set(webcrypto as unknown as Crypto);

export interface Authority {
  readonly certificate: string;
  readonly key: string;
}

interface Parts {
  readonly clock: Clock;
  readonly entropy: Entropy;
}

const dateAt = (clock: Clock, offsetMs: number): Date => new Date(clock.nowUs() / 1000 + offsetMs);

const makeKeys = () =>
  webcrypto.subtle.generateKey(KEYS, true, ['sign', 'verify']) as Promise<webcrypto.CryptoKeyPair>;

async function pemOf(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}

/** Positive, as RFC 5280, 4.1.2.2, wants it. */
function serialOf(entropy: Entropy): string {
  const bytes = entropy.bytes(SERIAL_BYTES);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString('hex');
}

/** A new authority of our own, which signs for services and for nothing else. */
export async function makeAuthority({ clock, entropy }: Parts): Promise<Authority> {
  const keys = await makeKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialOf(entropy),
    name: 'CN=ATS local authority',
    notBefore: dateAt(clock, -BACKDATE_MS),
    notAfter: dateAt(clock, AUTHORITY_DAYS * DAY_MS),
    signingAlgorithm: SIGNING,
    keys: keys as CryptoKeyPair,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
    ],
  });
  return {
    certificate: `${certificate.toString('pem')}\n`,
    key: `${await pemOf(keys.privateKey)}\n`,
  };
}

/** A certificate for a name, for both ends of a connection. @param hosts where it listens */
export async function issueCertificate(
  authority: Authority,
  wanted: { readonly name: string; readonly hosts: readonly string[]; readonly days: number },
  { clock, entropy }: Parts,
): Promise<RpcTls> {
  const { name, hosts, days } = wanted;
  const issuer = new x509.X509Certificate(authority.certificate);
  const der = x509.PemConverter.decodeFirst(authority.key);
  const signingKey = await webcrypto.subtle.importKey('pkcs8', der, KEYS, false, ['sign']);
  const keys = await makeKeys();
  const alternatives = [...new Set([name, 'localhost', ...hosts])].map((host) => {
    return { type: isIP(host) === 0 ? 'dns' : 'ip', value: host } as const;
  });
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialOf(entropy),
    subject: `CN=${name}`,
    issuer: issuer.subject,
    notBefore: dateAt(clock, -BACKDATE_MS),
    notAfter: dateAt(clock, days * DAY_MS),
    signingAlgorithm: SIGNING,
    publicKey: keys.publicKey as CryptoKey,
    signingKey: signingKey as CryptoKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([
        x509.ExtendedKeyUsage.serverAuth,
        x509.ExtendedKeyUsage.clientAuth,
      ]),
      new x509.SubjectAlternativeNameExtension(alternatives),
    ],
  });
  return {
    authority: Buffer.from(authority.certificate),
    certificate: Buffer.from(`${certificate.toString('pem')}\n`),
    key: Buffer.from(await pemOf(keys.privateKey)),
  };
}

/** Reads the authority that an earlier start made, or makes one. @throws CONFIG_INVALID */
export async function openAuthority(folder: string, parts: Parts): Promise<Authority> {
  const path = `${folder}/authority.pem`;
  const file = { path, field: FIELD, remedy: REMEDY };
  const made = existsSync(path) ? { certificate: '', key: '' } : await makeAuthority(parts);
  const text = readOrMakeFile(file, made.certificate + made.key);
  const end = '-----END CERTIFICATE-----\n';
  const at = text.indexOf(end);
  if (at < 0 || !text.includes('PRIVATE KEY')) {
    throw new AtsError({
      code: 'CONFIG_INVALID',
      message: `${FIELD}: ${path} is no authority of ours`,
      remedy: REMEDY,
      context: { field: FIELD, value: path },
    });
  }
  return { certificate: text.slice(0, at + end.length), key: text.slice(at + end.length) };
}

/** When a certificate ends, milliseconds since the epoch. */
export const certificateEndMs = ({ certificate }: Pick<RpcTls, 'certificate'>): number =>
  new x509.X509Certificate(certificate.toString()).notAfter.getTime();

export interface TlsFiles {
  readonly authorityFile: string;
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** Certificates of an authority of one's own. @throws CONFIG_INVALID */
function readTlsFiles({ authorityFile, certificateFile, keyFile }: TlsFiles): RpcTls {
  const read = (field: string, path: string): Buffer => {
    try {
      return readFileSync(path);
    } catch (cause) {
      throw new AtsError({
        code: 'CONFIG_INVALID',
        message: `security.tls.${field}: ${path} cannot be read`,
        remedy: 'Name a PEM file that this user may read.',
        context: { field: `security.tls.${field}`, value: path },
        cause,
      });
    }
  };
  return {
    authority: read('authorityFile', authorityFile),
    certificate: read('certificateFile', certificateFile),
    key: read('keyFile', keyFile),
  };
}

export interface OpenTlsOptions {
  readonly name: string;
  readonly folder: string;
  readonly hosts: readonly string[];
  readonly certificateDays: number;
  readonly tls?: TlsFiles | undefined;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly entropy: Entropy;
  readonly onRenewal: (failure?: unknown) => void;
}

/**
 * What a process shows and trusts in mutual TLS. Its certificate is renewed after two thirds of
 * its time, or read again where it is in a file, without a restart.
 */
export async function openTls(options: OpenTlsOptions): Promise<RpcTls & { close(): void }> {
  const { name, folder, hosts, certificateDays: days, tls: files, clock, timers } = options;
  const make =
    files === undefined
      ? issuing(await openAuthority(folder, options), { name, hosts, days }, options)
      : () => Promise.resolve(readTlsFiles(files));
  const listeners = new Set<(next: RpcTls) => void>();
  let madeAtUs = clock.nowUs();
  const current = await make();
  const renew = async (): Promise<void> => {
    if (clock.nowUs() - madeAtUs < days * DAY_MS * 1000 * (2 / 3) && files === undefined) return;
    const next = await make();
    madeAtUs = clock.nowUs();
    for (const listener of listeners) listener(next);
    options.onRenewal();
  };
  const timer: TimerHandle = timers.every(CHECK_MS, () => void renew().catch(options.onRenewal));
  return {
    ...current,
    onRenewal: (listener) => void listeners.add(listener),
    close: () => timer.cancel(),
  };
}

const issuing =
  (authority: Authority, wanted: Parameters<typeof issueCertificate>[1], parts: Parts) =>
  (): Promise<RpcTls> =>
    issueCertificate(authority, wanted, parts);
