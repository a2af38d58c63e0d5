import {
  chmod,
  copyFile,
  mkdir,
  readFile,
  rename,
  rm,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { sha256 } from '../../src/domain/chain.ts';
import { describeProblem } from '../../src/index.ts';
import { Stage } from '../stage.ts';

const SEGMENTS = 4;
const RECORDS = 5;

describe('verify', () => {
  let stage: Stage;
  let segments: string[];
  let links: string[];
  let heads: string[];

  /** Four segments of one partition and two heads; the last segment is after the last head. */
  beforeEach(async () => {
    stage = await Stage.open();
    for (let round = 0; round < SEGMENTS; round += 1) {
      const exporter = await stage.export();
      await stage.append(RECORDS, { from: RECORDS * round });
      await exporter.drain();
    }
    [segments, links, heads] = await Promise.all([
      stage.names('events/'),
      stage.names('links/'),
      stage.names('heads/'),
    ]);
    segments.sort((one, other) => firstOffset(one) - firstOffset(other));
    await rm(path(heads.pop() ?? ''));
  });
  afterEach(() => stage.close());

  const firstOffset = (name: string): number => Number(/offset=(\d+)-/.exec(name)?.[1]);
  const path = (name: string): string => join(stage.archiveFolder, name);
  const at = (names: readonly string[], index: number): string => names.at(index) ?? '';

  async function flip(name: string, place: number): Promise<void> {
    const bytes = await readFile(path(name));
    const index = place < 0 ? bytes.length + place : place;
    bytes[index] = (bytes[index] ?? 0) ^ 1;
    await chmod(path(name), 0o644);
    await writeFile(path(name), bytes);
  }

  /** Packs other lines into a segment, as somebody would who wants no one to notice. */
  async function rewrite(name: string, change: (lines: string[]) => string[]): Promise<void> {
    const text = gunzipSync(await readFile(path(name))).toString();
    const lines = change(text.trimEnd().split('\n'));
    await writeFile(path(name), gzipSync(`${lines.join('\n')}\n`));
  }

  async function problems(): Promise<string[]> {
    const found = await stage.verify();
    return found.problems.map(({ kind, name }) => `${kind} ${name}`);
  }

  it('finds nothing wrong with an archive that nobody touched', async () => {
    const report = await stage.verify({ topic: 'alerts' });
    const [records, count] = [SEGMENTS * RECORDS, SEGMENTS];
    expect(report).toMatchObject({ segments: count, records, heads: 3, problems: [] });
    expect(report.newestHead?.number).toBe(3);
  });

  it.each([
    ['the first', 0],
    ['one in the middle', 1],
    ['the newest', -1],
  ])('finds every byte that was changed in %s segment', async (_which, index) => {
    const name = at(segments, index);
    const { length } = await readFile(path(name));
    for (let place = 0; place < length; place += 7) {
      await flip(name, place);
      const found = await problems();
      expect(found).toHaveLength(1);
      expect(found[0]).toMatch(new RegExp(`(changed|truncated|reordered) ${name}$`));
      await flip(name, place);
    }
    expect(await problems()).toEqual([]);
  });

  it('finds every byte that was changed in a link, and names the link', async () => {
    const name = at(links, 1);
    const { length } = await readFile(path(name));
    for (let place = 0; place < length; place += 11) {
      await flip(name, place);
      const report = await stage.verify();
      const said = report.problems.map(describeProblem);
      expect(said).toContainEqual(expect.stringContaining(name));
      await flip(name, place);
    }
  });

  it('finds a changed byte in a head, and names it or the one after', async () => {
    const name = at(heads, 0);
    const { length } = await readFile(path(name));
    for (let place = 0; place < length; place += 5) {
      await flip(name, place);
      const found = await problems();
      expect(found.some((one) => one.includes(name) || one.includes(at(heads, 1)))).toBe(true);
      await flip(name, place);
    }
  });

  it.each([
    ['the first', 0],
    ['one in the middle', 1],
    ['the newest', -1],
  ])('names %s segment when it is missing', async (_which, index) => {
    await rm(path(at(segments, index)));
    expect(await problems()).toEqual([`missing ${at(segments, index)}`]);
  });

  it('names a link that is missing, and the segment that nothing leads to', async () => {
    await rm(path(at(links, 2)));
    const found = await problems();
    expect(found).toContain(`missing ${at(links, 2)}`);
    expect(found).toContain(`added ${at(segments, 2)}`);
  });

  it('notices that the newest segment that a head names is gone with its link', async () => {
    for (const index of [-1, -2]) {
      await rm(path(at(segments, index)));
      await rm(path(at(links, index)));
    }
    expect(await problems()).toEqual([`missing ${at(segments, -2)}`]);
  });

  it('notices a head in the middle, or the first, that is gone', async () => {
    await rm(path(at(heads, 1)));
    expect(await problems()).toEqual([`missing ${at(heads, 2)}`]);
    await rm(path(at(heads, 0)));
    expect(await problems()).toEqual([`missing ${at(heads, 2)}`]);
  });

  it('notices that everything new is gone, by a digest that was kept elsewhere', async () => {
    const kept = (await stage.verify()).newestHead?.digest ?? '';
    expect((await stage.verify({ keptHeads: [kept] })).problems).toEqual([]);
    for (const index of [-1, -2]) {
      await rm(path(at(segments, index)));
      await rm(path(at(links, index)));
    }
    await rm(path(at(heads, -1)));
    expect(await problems()).toEqual([]);
    const { problems: found } = await stage.verify({ keptHeads: [kept] });
    expect(found).toMatchObject([{ kind: 'missing', detail: expect.stringContaining(kept) }]);
  });

  it.each([1, 10, 100])('says that a segment was cut short by %i bytes', async (bytes) => {
    const name = at(segments, 1);
    const { length } = await readFile(path(name));
    await truncate(path(name), length - bytes);
    expect(await problems()).toEqual([`truncated ${name}`]);
  });

  it('says that lines are missing when a segment was packed again without them', async () => {
    const name = at(segments, -1);
    await rewrite(name, (lines) => lines.slice(0, -1));
    expect(await problems()).toEqual([`changed ${name}`]);
  });

  it('says that lines were put in another order', async () => {
    const name = at(segments, 1);
    await rewrite(name, ([one = '', two = '', ...rest]) => [two, one, ...rest]);
    expect(await problems()).toEqual([`reordered ${name}`]);
  });

  it('names both segments when two were exchanged', async () => {
    await rename(path(at(segments, 1)), path('other'));
    await rename(path(at(segments, 2)), path(at(segments, 1)));
    await rename(path('other'), path(at(segments, 2)));
    expect(await problems()).toEqual([`changed ${at(segments, 1)}`, `changed ${at(segments, 2)}`]);
  });

  it('finds a payload that says something else than its bytes, also in the newest', async () => {
    for (const index of [0, -1]) {
      const name = at(segments, index);
      const before = await readFile(path(name));
      await rewrite(name, (lines) => lines.map((line) => line.replace('number 1', 'number 2')));
      expect(await problems()).toEqual([`changed ${name}`]);
      await writeFile(path(name), before);
    }
  });

  it('finds a segment that was changed together with its link', async () => {
    const name = at(segments, 1);
    const digest = sha256(await readFile(path(name)));
    await rewrite(name, (lines) => lines.map((line) => line.replace('number 6', 'number 7')));
    const link = (await readFile(path(at(links, 1)))).toString();
    await writeFile(path(at(links, 1)), link.replace(digest, sha256(await readFile(path(name)))));
    expect(await problems()).toContainEqual(expect.stringContaining(name));
  });

  it.each([
    'stray.txt',
    'heads/head=1.json',
    'links/other.json',
    'events/dt=2026-01-01/topic=alerts/p=0/other.jsonl.gz',
    'events/dt=2026-01-01/topic=alerts/p=0/offset=0-4.jsonl.gz',
    'events/dt=2026-01-01/topic=alerts/p=0/offset=20-24.jsonl.gz',
  ])('finds an object that was added: %s', async (name) => {
    await mkdir(dirname(path(name)), { recursive: true });
    await copyFile(path(at(segments, 0)), path(name));
    expect(await problems()).toEqual([`added ${name}`]);
  });

  it('looks at one topic alone when it is asked to', async () => {
    await flip(at(segments, 1), 100);
    expect((await stage.verify({ topic: 'trades' })).problems).toEqual([]);
    expect((await stage.verify({ topic: 'alerts' })).problems).toHaveLength(1);
  });
});
