import {
  commandsOf,
  fencesOf,
  isDecision,
  leftOutBecause,
  PAGES,
  problemsOf,
  problemsOfAts,
  readPage,
  simpleCommands,
} from '@ats/e2e';

const LANGUAGES = ['sh', 'text', 'ts', 'json', 'yaml', 'csv', 'flux', 'mermaid', 'sql'];

const READ = PAGES.filter((page) => !isDecision(page)).map(
  (page) => [page, readPage(page)] as const,
);

describe('the fenced blocks of the pages', () => {
  it.each(READ)('of %s say what they are: commands, output, or another language', (_, text) => {
    const others = fencesOf(text).filter(({ language }) => !LANGUAGES.includes(language));
    expect(others.map(({ line, language }) => `line ${line}: ${language}`)).toEqual([]);
  });
});

describe('every command of the pages', () => {
  it.each(READ)('of %s names what there is', (page, text) => {
    const wrong = commandsOf(page, text).flatMap(({ line, text: command }) =>
      problemsOf(command).map((problem) => `${page}:${line} ${problem}`),
    );
    expect(wrong).toEqual([]);
  });

  it.each(READ)('of %s names what there is in the midst of text', (page, text) => {
    const inline = [...text.matchAll(/`(ats [a-z][^`]*)`/g)].flatMap(
      ([, command]) => command ?? [],
    );
    expect(
      inline.flatMap((command) =>
        problemsOfAts(simpleCommands(command)[0]?.slice(1) ?? []).map(
          (problem) => `${page}: \`${command}\`: ${problem}`,
        ),
      ),
    ).toEqual([]);
  });

  it('is run, or has a reason why not', () => {
    const reasons = new Map<string, number>();
    for (const [page, text] of READ) {
      for (const command of commandsOf(page, text)) {
        const why = leftOutBecause(command) ?? 'is run by e2e/test/docs.test.ts';
        reasons.set(why, (reasons.get(why) ?? 0) + 1);
      }
    }
    const told = [...reasons].map(([why, count]) => `${String(count).padStart(4)}  ${why}`);
    process.stdout.write(`commands of the docs, all checked:\n${told.join('\n')}\n`);
    expect(reasons.get('is run by e2e/test/docs.test.ts')).toBeGreaterThan(0);
  });
});
