import type { Finding } from './findings.ts';

/** What is already over a limit: `<rule> <subject>` and how far. It only ever shrinks. */
export type Baseline = Readonly<Record<string, number>>;

export interface Verdict {
  /** New, or worse than the baseline allows. */
  readonly failures: readonly Finding[];
  /** Over a limit, but known and no worse. */
  readonly tolerated: readonly Finding[];
  /** The baseline with what was mended taken out; equal to the old one when nothing was. */
  readonly tightened: Baseline;
}

const keyOf = (finding: Finding): string => `${finding.rule} ${finding.subject}`;

/** Holds findings against the baseline: nothing over a limit may grow, nothing new may come. */
export function judge(findings: readonly Finding[], baseline: Baseline): Verdict {
  const failures: Finding[] = [];
  const tolerated: Finding[] = [];
  const tightened: Record<string, number> = {};
  for (const finding of findings) {
    const allowed = baseline[keyOf(finding)];
    if (allowed === undefined || finding.value > allowed) failures.push(finding);
    else tolerated.push(finding);
    if (allowed === undefined) continue;
    const worst = Math.max(tightened[keyOf(finding)] ?? 0, finding.value);
    tightened[keyOf(finding)] = Math.min(allowed, worst);
  }
  return { failures, tolerated, tightened };
}
