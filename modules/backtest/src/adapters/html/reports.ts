import type { ComparedRecords } from './comparison-html.ts';
import type { ReportedRun } from './report-html.ts';

// Charts are slow to load, and most commands draw none.

/** A run as one HTML file that asks for nothing else: tables, pictures, trades, settings. */
export async function reportHtml(run: ReportedRun): Promise<string> {
  const { drawReport } = await import('./report-html.ts');
  return drawReport(run);
}

/** Runs side by side as one HTML file. */
export async function comparisonHtml(compared: ComparedRecords): Promise<string> {
  const { drawComparison } = await import('./comparison-html.ts');
  return drawComparison(compared);
}
