import { type EngineName, engineRequired, findEngine } from './catalogue.ts';

export const ENGINE_REMEDY = 'Run `npm run engines` once, as root on Debian or Ubuntu.';

/**
 * A `describe` that needs an engine. Where the engine is missing its tests are counted as
 * skipped, with the reason in the suite's name and a warning on stderr; where it is required
 * (`ATS_ENGINES=require`) one test fails with the remedy instead.
 */
export function describeWithEngine(engine: EngineName, name: string, define: () => void): void {
  if (findEngine(engine) !== undefined) {
    describe(name, define);
    return;
  }
  if (engineRequired(engine)) {
    describe(name, () => {
      it(`has the engine ${engine}, which ATS_ENGINES=require asks for`, () => {
        throw new Error(`no ${engine} server is installed. ${ENGINE_REMEDY}`);
      });
    });
    return;
  }
  process.stderr.write(`\n*** SKIPPED: ${name}: no ${engine} server found. ${ENGINE_REMEDY}\n\n`);
  describe.skip(`${name} (SKIPPED: no ${engine} server. ${ENGINE_REMEDY})`, define);
}
