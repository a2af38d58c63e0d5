/** What a table's cell says: one line, in which nothing ends the cell or begins a tag. */
function cell(text: string): string {
  const parts = text.replaceAll(/\s*\n\s*/g, ' ').split(/(`[^`]*`)/);
  const safe = parts.map((part) => (part.startsWith('`') ? part : part.replaceAll('<', '&lt;')));
  return safe.join('').replaceAll('|', '\\|');
}

/** A table; nothing where it has no rows. */
export function table(
  titles: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  if (rows.length === 0) return [];
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;
  return [line(titles), `|${titles.map(() => '---').join('|')}|`, ...rows.map(line), ''];
}

/** Where a heading is on its page, as GitHub names it. */
export const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
