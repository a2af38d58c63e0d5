import { ERROR_CODES, REASON_CODES } from '@ats/domain';
import { brokenLinksOf, PAGES, readPage as read } from '@ats/e2e';

/** The sections that `### CODE` headings open, by code. */
function sectionsOf(text: string): ReadonlyMap<string, string> {
  const parts = text.split(/^### /m).slice(1);
  return new Map(
    parts.map((part) => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n'))]),
  );
}

describe('docs/errors.md', () => {
  const sections = sectionsOf(read('docs/errors.md'));

  it('explains every error code and no other', () => {
    expect([...sections.keys()].toSorted()).toEqual([...ERROR_CODES].toSorted());
  });

  it.each([...sections])('gives cause and remedy of %s', (_code, section) => {
    expect(section).toMatch(/- \*\*Cause\*\*: \S/);
    expect(section).toMatch(/- \*\*Remedy\*\*: \S/);
  });
});

describe('docs/reason-codes.md', () => {
  it('explains every reason code once and no other', () => {
    const rows = [...read('docs/reason-codes.md').matchAll(/^\| `([A-Z_]+)` \| \S/gm)];
    const codes = rows.map(([, code]) => code);
    expect(codes.toSorted()).toEqual([...REASON_CODES].toSorted());
  });
});

describe('the pages of this project', () => {
  it.each(PAGES)('%s links only to what is there: pages, headings, pictures', (page) => {
    expect(brokenLinksOf(page)).toEqual([]);
  });

  it.each(PAGES)('%s names only npm scripts that exist', (page) => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = [...read(page).matchAll(/\bnpm run (?:--silent )?([a-z][a-z0-9:-]*)/g)].flatMap(
      ([, name]) => name ?? [],
    );
    expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  });
});
