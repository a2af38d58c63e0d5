import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { findEngine } from './catalogue.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';
import { ENGINE_REMEDY } from './suite.ts';

export interface S3Server extends ServerProcess {
  /** `http://127.0.0.1:port`. */
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Starts a private S3 server on plain files, with versions and Object Lock. */
export async function startS3(): Promise<S3Server> {
  const executable = findEngine('s3');
  if (executable === undefined) throw new Error(`no S3 server found. ${ENGINE_REMEDY}`);
  const account = { accessKeyId: 'ats', secretAccessKey: 'secret-of-this-test-run' };
  const region = 'us-east-1';
  const server = await startServerProcess('s3', {
    executable,
    environment: {
      ROOT_ACCESS_KEY_ID: account.accessKeyId,
      ROOT_SECRET_ACCESS_KEY: account.secretAccessKey,
    },
    async prepare({ folder }) {
      await mkdir(join(folder, 'buckets'));
      await mkdir(join(folder, 'versions'));
    },
    arguments: ({ port, folder }) => [
      ...['--port', `127.0.0.1:${port}`, '--region', region, '--quiet', '--keep-alive'],
      ...['posix', '--versioning-dir', join(folder, 'versions'), join(folder, 'buckets')],
    ],
  });
  const endpoint = `http://${server.host}:${server.port}`;
  return Object.assign(server, { endpoint, region, ...account });
}
