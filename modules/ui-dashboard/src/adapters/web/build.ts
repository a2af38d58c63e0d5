/**
 * Builds the web app and compresses its files: run as a process of its own, so that nothing that
 * trades waits for it. Arguments: the folder of the web app, the digest of its sources.
 */
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { join, resolve } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'vite';

const [given = '', digest = ''] = process.argv.slice(2);
// Vite takes a relative outDir from its root, not from here.
const folder = resolve(given);
const LOWEST = 19;
/** Below this a compressed file saves nothing. */
const BYTES_MIN = 1024;

setPriority(LOWEST);
const fresh = join(folder, '.dist-new');
const dist = join(folder, 'dist');
await build({
  root: folder,
  configFile: join(folder, 'vite.config.ts'),
  logLevel: 'warn',
  build: { outDir: fresh, emptyOutDir: true },
});
for (const name of readdirSync(fresh, { recursive: true, encoding: 'utf8' })) {
  if (!/\.(html|js|css|svg|json|webmanifest)$/.test(name)) continue;
  const bytes = readFileSync(join(fresh, name));
  if (bytes.length < BYTES_MIN) continue;
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };
  writeFileSync(join(fresh, `${name}.br`), brotliCompressSync(bytes, quality));
  writeFileSync(join(fresh, `${name}.gz`), gzipSync(bytes, { level: 9 }));
}
writeFileSync(join(fresh, '.sources'), digest);
rmSync(dist, { recursive: true, force: true });
renameSync(fresh, dist);
