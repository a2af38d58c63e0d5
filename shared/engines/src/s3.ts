import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { needEngine } from './catalogue.ts';
import {
  type KeptPlace,
  type ServerCommand,
  type ServerProcess,
  startServerProcess,
} from './server-process.ts';

interface S3Account {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface S3Server extends ServerProcess, S3Account {
  /** `http://127.0.0.1:port`. */
  readonly endpoint: string;
  readonly region: string;
}

/** Starts a private S3 server on plain files, with versions and Object Lock. */
export async function startS3(
  options: {
    readonly kept?: KeptPlace;
    readonly account?: S3Account;
    /** Made where it is not there: a bucket of this server is a folder. */
    readonly bucket?: string;
  } = {},
): Promise<S3Server> {
  const executable = needEngine('s3');
  const { account = { accessKeyId: 'ats', secretAccessKey: 'secret-of-this-test-run' } } = options;
  const region = 'us-east-1';
  const command: ServerCommand = {
    executable,
    environment: {
      ROOT_ACCESS_KEY_ID: account.accessKeyId,
      ROOT_SECRET_ACCESS_KEY: account.secretAccessKey,
    },
    async prepare({ folder }) {
      await mkdir(join(folder, 'buckets', options.bucket ?? ''), { recursive: true });
      await mkdir(join(folder, 'versions'), { recursive: true });
    },
    arguments: ({ port, folder }) => [
      ...['--port', `127.0.0.1:${port}`, '--region', region, '--quiet', '--keep-alive'],
      ...['posix', '--versioning-dir', join(folder, 'versions'), join(folder, 'buckets')],
    ],
  };
  const server = await startServerProcess('s3', command, options.kept);
  const endpoint = `http://${server.host}:${server.port}`;
  return Object.assign(server, { endpoint, region, ...account });
}
