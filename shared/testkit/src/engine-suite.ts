import { ENGINE_REMEDY, type EngineName, engineRequired, findEngine } from '@ats/engines';

/** What a suite needs beside the code, whether it is there, and what to do if not. */
export interface Need {
  readonly available: boolean;
  /** What is missing and what to do about it, as a sentence. */
  readonly reason: string;
}

/**
 * A `describe` that needs something which not every machine has. Where it is missing the tests
 * are counted as skipped, with the reason in the suite's name and a warning on stderr.
 */
export function describeWhen(need: Need, name: string, define: () => void): void {
  if (need.available) {
    describe(name, define);
    return;
  }
  process.stderr.write(`\n*** SKIPPED: ${name}: ${need.reason}\n\n`);
  describe.skip(`${name} (SKIPPED: ${need.reason})`, define);
}

/**
 * A `describe` that needs an engine: skipped aloud where it is missing, unless it is required
 * (`ATS_ENGINES=require`); then one test fails with the remedy instead.
 */
export function describeWithEngine(engine: EngineName, name: string, define: () => void): void {
  const available = findEngine(engine) !== undefined;
  if (available || !engineRequired(engine)) {
    const reason = `no ${engine} found. ${ENGINE_REMEDY}`;
    describeWhen({ available, reason }, name, define);
    return;
  }
  describe(name, () => {
    it(`has the engine ${engine}, which ATS_ENGINES=require asks for`, () => {
      throw new Error(`no ${engine} is installed. ${ENGINE_REMEDY}`);
    });
  });
}
