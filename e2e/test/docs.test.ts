import { DocSession } from '../src/docs/doc-session.ts';
import { leftOutBecause } from '../src/docs/left-out.ts';
import { commandsOf, isDecision, PAGES, readPage } from '../src/docs/shell-commands.ts';

/** What a page takes for granted, made by commands first. */
const BEFORE: Readonly<Record<string, readonly string[]>> = {
  'docs/backup.md': ['ats up --duration 5s --summary json > summary.json'],
  'docs/reference/README.md': ['npm start'],
  'docs/security.md': ['npm start'],
  'modules/backtest/README.md': [
    'ats record --duration 8s --seed 7 --out frames.jsonl.gz',
    'ats data import frames.jsonl.gz --name A',
    'cp frames.jsonl.gz again.jsonl.gz && ats data import again.jsonl.gz --name B',
  ],
  'modules/order-gateway/README.md': ['npm start'],
  'modules/price-collector/README.md': [
    "printf 'version: 2\\n' > my.yaml",
    'ats record --duration 5s --venue kraken --out recording.jsonl.gz',
  ],
};

const RUN = PAGES.filter((page) => !isDecision(page)).flatMap((page) => {
  const commands = commandsOf(page, readPage(page)).filter(
    (one) => leftOutBecause(one) === undefined,
  );
  return commands.length === 0 ? [] : [{ page, commands }];
});

describe('a reader who types what a page says', () => {
  it.concurrent.each(RUN)(
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
    400_000,
  );
});
