import { generateKeyPairSync, sign } from 'node:crypto';
import type { RpcTls } from '@ats/runtime';

/** One DER element. Source: ITU-T X.690, section 8.1 */
function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const size = body.length;
  const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

const hex = (text: string): Buffer => Buffer.from(text, 'hex');
const sequence = (...parts: readonly Uint8Array[]): Buffer => der(0x30, ...parts);
const oid = (bytes: string): Buffer => der(0x06, hex(bytes));
const bits = (bytes: Uint8Array): Buffer => der(0x03, Buffer.of(0), bytes);
const extension = (id: string, value: Buffer): Buffer => sequence(oid(id), der(0x04, value));

function utcTime(offsetDays: number): Buffer {
  const moment = new Date(Date.now() + offsetDays * 86_400_000).toISOString();
  return der(0x17, Buffer.from(`${moment.slice(2, 19).replaceAll(/[-:T]/g, '')}Z`));
}

/**
 * A fresh key and a certificate for localhost, signed by itself, so that tests of TLS need no
 * tool beside Node. Source: RFC 5280, section 4.1
 */
export function selfSigned(): RpcTls {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = sequence(oid('2a8648ce3d040302'));
  const name = sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from('localhost')))));
  const names = sequence(der(0x82, Buffer.from('localhost')), der(0x87, hex('7f000001')));
  const authority = sequence(der(0x01, Buffer.of(255)));
  const content = sequence(
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, Buffer.of(1)),
    algorithm,
    name,
    sequence(utcTime(-1), utcTime(1)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(extension('551d11', names), extension('551d13', authority))),
  );
  const certificate = sequence(content, algorithm, bits(sign('sha256', content, privateKey)));
  const lines = certificate.toString('base64').replaceAll(/(.{64})/g, '$1\n');
  const pem = `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
  return {
    authority: Buffer.from(pem),
    certificate: Buffer.from(pem),
    key: Buffer.from(privateKey.export({ type: 'pkcs8', format: 'pem' })),
  };
}
