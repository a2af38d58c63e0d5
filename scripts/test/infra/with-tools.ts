import { findTool, type ToolName } from '../../tools/catalogue.ts';

/**
 * A `describe` that needs tools: skipped aloud where one is missing, unless CI asks for all
 * (`ATS_ENGINES=require`); then a test fails with the remedy instead.
 */
export function describeWithTools(
  names: readonly ToolName[],
  title: string,
  define: () => void,
): void {
  const missing = names.filter((name) => findTool(name) === undefined);
  if (missing.length === 0) {
    describe(title, define);
    return;
  }
  const reason = `no ${missing.join(', ')}: run \`npm run tools\``;
  if (process.env['ATS_ENGINES'] === 'require') {
    it(`${title} has its tools`, () => {
      throw new Error(reason);
    });
    return;
  }
  process.stderr.write(`\n*** SKIPPED: ${title}: ${reason}\n\n`);
  describe.skip(`${title} (SKIPPED: ${reason})`, define);
}
