import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AtsError } from '@ats/domain';
import { z } from 'zod';
import { digestOf, filesBelow } from './files.ts';
import { PARTS } from './places.ts';

export const MANIFEST = 'manifest.json';
/** Of the layout of a backup; one that is newer is refused. */
export const FORMAT = 1;

const fileSchema = z.object({
  /** Relative, its first part the name of what it belongs to. */
  path: z.string().regex(/^[^/.][^\0]*$/),
  bytes: z.int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

const manifestSchema = z.object({
  format: z.literal(FORMAT),
  /** Of ATS and of Node, when it was made. */
  versions: z.object({ ats: z.string(), node: z.string() }),
  createdAt: z.string(),
  parts: z.array(z.enum(PARTS)),
  /** What was not copied, and why. */
  leftOut: z.array(z.string()),
  /** Whether who has it can open the vault. */
  masterKey: z.boolean(),
  /** By topic, for each partition, the offset that the next record would have got. */
  log: z.record(z.string(), z.array(z.int().nonnegative())),
  files: z.array(fileSchema),
});
export type Manifest = z.output<typeof manifestSchema>;

export function damaged(file: string, why: string, cause?: unknown): AtsError {
  return new AtsError({
    code: 'BACKUP_DAMAGED',
    message: `${file} ${why}`,
    remedy: 'Use another backup: nothing of this one was restored.',
    context: { field: '--from', value: file },
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Every file below a folder, as a manifest lists them. */
export async function listFiles(folder: string): Promise<Manifest['files']> {
  const files: Manifest['files'] = [];
  for (const path of await filesBelow(folder)) {
    files.push({ path, ...(await digestOf(join(folder, path))) });
  }
  return files;
}

/** @throws BACKUP_DAMAGED */
export async function readManifest(folder: string): Promise<Manifest> {
  const path = join(folder, MANIFEST);
  let parsed: unknown;
  try {
    parsed = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw damaged(path, 'is not there or is no manifest', cause);
  }
  const read = manifestSchema.safeParse(parsed);
  if (read.success) return read.data;
  throw damaged(path, `is no manifest that this version reads: ${z.prettifyError(read.error)}`);
}

/** Reads all of a backup. @throws BACKUP_DAMAGED naming the first file that is not as listed */
export async function verifyFiles(folder: string, { files }: Manifest): Promise<void> {
  for (const { path, bytes, sha256 } of files) {
    const file = join(folder, path);
    if (path.split('/').includes('..')) throw damaged(file, 'leads out of the backup');
    const found = await digestOf(file).catch((cause: unknown) => {
      throw damaged(file, 'cannot be read', cause);
    });
    if (found.bytes !== bytes) {
      throw damaged(file, `has ${found.bytes} bytes where the manifest says ${bytes}`);
    }
    if (found.sha256 !== sha256) throw damaged(file, 'has other contents than the manifest says');
  }
}
