import { copyFile, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ENGINE_FOLDER } from './catalogue.ts';
import { ProvisionError, run, tryRun } from './provision.ts';

/** An S3 server on plain files that knows conditional puts, versions and Object Lock. */
const VERSION = 'v1.8.0';
const GATEWAY = `github.com/versity/versitygw/cmd/versitygw@${VERSION}`;
const LINKER = `-s -w -X main.Version=${VERSION}`;

/** Builds the S3 server from its Go module, in a minute or two. */
export async function buildS3Gateway(): Promise<void> {
  if (tryRun('go', ['version'], { capture: true }).status !== 0) {
    throw new ProvisionError('Building the S3 server needs Go 1.25 or newer: install it first.');
  }
  const folder = await mkdtemp(join(tmpdir(), 'ats-s3-'));
  try {
    run('go', ['install', '-ldflags', LINKER, GATEWAY], { cwd: folder, env: { GOBIN: folder } });
    await mkdir(ENGINE_FOLDER, { recursive: true });
    const executable = join(ENGINE_FOLDER, 'versitygw');
    await copyFile(join(folder, 'versitygw'), `${executable}.${process.pid}`);
    await rename(`${executable}.${process.pid}`, executable);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
