import Table from 'cli-table3';

/** One figure, held against a floor taken in the same run. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  readonly floorName: string;
  readonly floor: number;
  readonly ratio: number;
  /** `>= 0.6`, `<= 3`. */
  readonly target: string;
  readonly met: boolean;
}

export interface BenchOptions {
  /** A few seconds, to show that the bench works. */
  readonly tiny: boolean;
  /** Parts to measure; all when empty. */
  readonly only: readonly string[];
}

export interface Report {
  readonly bench: string;
  readonly node: string;
  readonly tiny: boolean;
  readonly figures: readonly Figure[];
  /** Plain figures by name, for whoever reads the JSON. */
  readonly measured?: Readonly<Record<string, number>>;
  /** What could not be measured here, and why. */
  readonly skipped: readonly string[];
}

export function figure(parts: {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  readonly floorName: string;
  readonly floor: number;
  readonly target: { readonly atLeast: number } | { readonly atMost: number };
}): Figure {
  const { target, ...rest } = parts;
  const ratio = parts.value / parts.floor;
  return 'atLeast' in target
    ? { ...rest, ratio, target: `>= ${target.atLeast}`, met: ratio >= target.atLeast }
    : { ...rest, ratio, target: `<= ${target.atMost}`, met: ratio <= target.atMost };
}

function number(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const digits = Math.abs(value) >= 1000 ? 0 : 2;
  return value.toLocaleString('en-US', { maximumFractionDigits: digits });
}

export function printReport(report: Report): string {
  const table = new Table({
    head: ['MEASURED', 'VALUE', 'UNIT', 'FLOOR', 'VALUE', 'RATIO', 'TARGET', 'MET'],
    style: { head: [], border: [] },
    colAligns: ['left', 'right', 'left', 'left', 'right', 'right', 'left', 'left'],
  });
  for (const one of report.figures) {
    const met = one.met ? 'yes' : 'NO';
    const measured = [one.name, number(one.value), one.unit];
    table.push([...measured, one.floorName, number(one.floor), number(one.ratio), one.target, met]);
  }
  const skipped = report.skipped.map((line) => `SKIPPED: ${line}`);
  const caveat = report.tiny ? ', tiny: too short to judge by' : '';
  const title = `bench ${report.bench}, Node ${report.node}${caveat}`;
  const measured = Object.entries(report.measured ?? {}).map(
    ([name, value]) => `${name}: ${number(value)}`,
  );
  return [title, table.toString(), ...measured, ...skipped].join('\n');
}

/** The figures as a table for `docs/performance.md`, with the command that measures them. */
export function markdownReport({ bench, node, figures, measured, skipped }: Report): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rows = figures.map((one) =>
    row([
      one.name,
      `${number(one.value)} ${one.unit}`,
      `${one.floorName}: ${number(one.floor)}`,
      number(one.ratio),
      one.met ? one.target : `**${one.target}, missed**`,
    ]),
  );
  const others = Object.entries(measured ?? {}).map(
    ([name, value]) => `- ${name}: ${number(value)}`,
  );
  const parts = [
    `\`npm run bench -- ${bench}\`, Node ${node}:`,
    [row(['what', 'measured', 'floor', 'ratio', 'target']), '|---|---|---|---|---|', ...rows].join(
      '\n',
    ),
    others.join('\n'),
    skipped.map((line) => `Not measured: ${line}`).join('\n'),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}
