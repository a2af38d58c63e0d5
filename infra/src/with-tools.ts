import { describeWhen } from '@ats/testkit';
import { findTool, type ToolName } from './catalogue.ts';

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
  const reason = `no ${missing.join(', ')}: run \`npm run tools\``;
  if (missing.length > 0 && process.env['ATS_ENGINES'] === 'require') {
    describe(title, () => {
      it('has its tools', () => {
        throw new Error(reason);
      });
    });
    return;
  }
  describeWhen({ available: missing.length === 0, reason }, title, define);
}
