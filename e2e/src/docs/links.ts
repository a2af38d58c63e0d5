import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fencesOf, ROOT, readPage } from './shell-commands.ts';

/** Links and pictures of a page that lead to no file, or to no heading of the page they name. */
export function brokenLinksOf(page: string): readonly string[] {
  const targets = [...proseOf(readPage(page)).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(
    ([, target]) => target ?? [],
  );
  return targets.filter((target) => !/^[a-z]+:/.test(target) && !isThere(page, target));
}

function isThere(page: string, target: string): boolean {
  const [path = '', anchor] = decodeURI(target).split('#', 2);
  const file = path === '' ? page : normalize(join(dirname(page), path));
  if (!existsSync(join(ROOT, file))) return false;
  return anchor === undefined || !file.endsWith('.md') || anchorsOf(file).has(anchor);
}

/** The anchors that GitHub makes of a page's headings; one that comes again gets a number. */
function anchorsOf(page: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of proseOf(readPage(page)).matchAll(/^#{1,6} (.+)$/gm)) {
    const shown = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').trim();
    const slug = shown
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
      .replaceAll(' ', '-');
    let anchor = slug;
    for (let again = 1; anchors.has(anchor); again += 1) anchor = `${slug}-${again}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** A page without its fenced blocks: what looks like a heading or a link in them is none. */
function proseOf(markdown: string): string {
  const lines = markdown.split('\n');
  for (const { line, lines: inside } of fencesOf(markdown)) {
    inside.forEach((_, index) => {
      lines[line - 1 + index] = '';
    });
  }
  return lines.join('\n');
}
