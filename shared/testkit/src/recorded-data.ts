import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Where recordings of real markets lie: beside the project, not in it. */
export const RECORDED_DATA = join(import.meta.dirname, '../../../../shared/data');

/**
 * A `describe` that needs recordings. Where one is missing its tests are counted as skipped, with
 * the reason in the suite's name and a warning on stderr.
 * @param files relative to `RECORDED_DATA`; `define` is given their paths in the same order
 */
export function describeWithRecordings<const Files extends readonly string[]>(
  name: string,
  files: Files,
  define: (...paths: { [Index in keyof Files]: string }) => void,
): void {
  const paths = files.map((file) => join(RECORDED_DATA, file)) as {
    [Index in keyof Files]: string;
  };
  const missing = paths.filter((path) => !existsSync(path));
  if (missing.length === 0) {
    describe(name, () => define(...paths));
    return;
  }
  process.stderr.write(`\n*** SKIPPED: ${name}: no recording at ${missing.join(', ')}\n\n`);
  // biome-ignore lint/suspicious/noSkippedTests: without its data a test can show nothing.
  describe.skip(`${name} (SKIPPED: no recording ${missing.join(', ')})`, () => {
    it('is held against recordings', () => undefined);
  });
}
