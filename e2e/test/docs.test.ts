import { leftOutBecause } from '../../scripts/docs/left-out.ts';
import { commandsOf, isDecision, PAGES, readPage } from '../../scripts/docs/shell-commands.ts';
import { DocSession } from '../src/doc-session.ts';

/** What a page takes for granted, made by commands first. */
const BEFORE: Readonly<Record<string, readonly string[]>> = {};

const RUN = PAGES.filter((page) => !isDecision(page)).flatMap((page) => {
  const commands = commandsOf(page, readPage(page)).filter(
    (one) => leftOutBecause(one) === undefined,
  );
  return commands.length === 0 ? [] : [{ page, commands }];
});

describe('a reader who types what a page says', () => {
  it.each(RUN)(
    'gets along with $page',
    async ({ page, commands }) => {
      const session = await DocSession.open();
      try {
        for (const text of BEFORE[page] ?? []) {
          expect(await session.run(text)).toMatchObject({ code: 0 });
        }
        for (const { line, text } of commands) {
          const { code, output } = await session.run(text);
          expect({ at: `${page}:${line}`, text, code, output: code === 0 ? '' : output }).toEqual({
            ...{ at: `${page}:${line}`, text, code: 0, output: '' },
          });
        }
        const last = await session.interrupt();
        expect(last ?? { code: 0 }).toMatchObject({ code: 0 });
      } finally {
        await session.close();
      }
    },
    240_000,
  );
});
