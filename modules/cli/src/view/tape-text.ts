import type { TapeManifest } from '@ats/backtest';
import { count, dateAndTime, span } from './format.ts';
import { table } from './table.ts';

const MARKETS_SHOWN = 3;

/** What was imported, and what of it could not be. */
export function importedText(manifest: TapeManifest, folder: string): string {
  const { name, badRows, source } = manifest;
  const lines = [
    `${name}: ${count(rowsOf(manifest))} rows of ${source.format} in ${folder}/${name}`,
    ...badRowLines(badRows),
    table(
      ['MARKET', 'ROWS', 'FROM', 'UNTIL (UTC)'],
      ['left', 'right', 'left', 'left'],
      manifest.markets.map((market) => [
        `${market.venue}:${market.instrument}`,
        count(market.rows),
        market.rows === 0 ? '-' : dateAndTime(market.fromUs),
        market.rows === 0 ? '-' : dateAndTime(market.untilUs),
      ]),
    ),
  ];
  return lines.join('\n');
}

/** Bad rows by reason, then the first of them. */
export function badRowLines(badRows: TapeManifest['badRows']): string[] {
  if (badRows.count === 0) return [];
  const reasons = Object.entries(badRows.reasons).map(([why, rows]) => `${count(rows)} ${why}`);
  const more = badRows.count - badRows.first.length;
  return [
    `${count(badRows.count)} bad rows skipped: ${reasons.join(', ')}`,
    ...badRows.first.map(({ line, problem }) => `  line ${line}: ${problem}`),
    ...(more > 0 ? [`  and ${count(more)} more`] : []),
  ];
}

/** The tapes of a store, one a line. */
export function tapesTable(tapes: readonly TapeManifest[], folder: string): string {
  if (tapes.length === 0) return `no tapes in ${folder}; "ats data import FILE" adds one`;
  return table(
    ['TAPE', 'MARKETS', 'KINDS', 'ROWS', 'BAD', 'FROM (UTC)', 'LASTS', 'SIZE'],
    ['left', 'left', 'left', 'right', 'right', 'left', 'right', 'right'],
    tapes.map((tape) => {
      const fromUs = Math.min(...tape.parts.map((part) => part.fromUs));
      const untilUs = Math.max(...tape.parts.map((part) => part.untilUs));
      const bytes = tape.parts
        .flatMap(({ files }) => files)
        .reduce((sum, one) => sum + one.bytes, 0);
      return [
        tape.name,
        marketsText(tape),
        tape.parts
          .map(({ kind, levels }) => (kind === 'book' ? `book ${levels}` : kind))
          .join(', '),
        count(rowsOf(tape)),
        count(tape.badRows.count),
        dateAndTime(fromUs),
        span(untilUs - fromUs),
        size(bytes),
      ];
    }),
  );
}

function marketsText({ markets }: TapeManifest): string {
  const names = markets.slice(0, MARKETS_SHOWN).map((one) => `${one.venue}:${one.instrument}`);
  const more = markets.length - names.length;
  return more > 0 ? `${names.join(' ')} and ${more} more` : names.join(' ');
}

const rowsOf = (tape: TapeManifest): number => tape.parts.reduce((sum, part) => sum + part.rows, 0);

/** `850 B`, `1.2 MB`. */
function size(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length - 1);
  const value = bytes / 1000 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${units[power]}`;
}
