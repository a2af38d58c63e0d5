import { createHash } from 'node:crypto';
import type { Archive, ArchiveEntry, ListOptions } from '@ats/storage';
import { killedWriter, type WriterProgram } from './killed-writer.ts';
import { type MemoryMetrics, memoryMetrics } from './memory-metrics.ts';

/** What an adapter must be opened with in a test. */
export interface ArchiveEnvironment {
  readonly metrics: MemoryMetrics;
}

export interface ArchiveContract {
  /** Opens the archive; each time the same objects are found in it. */
  open(environment: ArchiveEnvironment): Promise<Archive>;
  /** Makes the place empty; called before each test. */
  reset(): Promise<void>;
  /** A program that opens the same place and calls `putForEver`. */
  readonly writer: () => WriterProgram;
  /** Makes the place unwritable, and heals it. */
  readonly outage: { begin(): Promise<void>; end(): Promise<void> };
}

const NAME = 'events/dt=2026-05-28/topic=trades/p=0/offset=0-99.jsonl.gz';
const OBJECT_BYTES = 100_000;

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** An object that proves itself by its name. */
function provenBytes(name: string): Uint8Array {
  const line = `${createHash('sha256').update(name).digest('hex')}\n`;
  return bytesOf(line.repeat(OBJECT_BYTES / line.length));
}

/** Puts one object after the other and prints the name of each. Never returns: to be killed. */
export async function putForEver(archive: Archive): Promise<void> {
  for (let number = 0; ; number += 1) {
    const name = `killed/p=${number % 7}/object-${number}`;
    const result = await archive.put(name, provenBytes(name));
    if (result.kind !== 'stored') throw new Error(JSON.stringify(result));
    process.stdout.write(`${name}\n`);
  }
}

/** Every promise of `Archive`, asked of one adapter. Call it inside a `describe`. */
export function archiveContract(contract: ArchiveContract): void {
  let environment: ArchiveEnvironment;
  let archive: Archive;
  const entries = async (options: ListOptions = {}): Promise<ArchiveEntry[]> => {
    const found: ArchiveEntry[] = [];
    for await (const entry of archive.list(options)) found.push(entry);
    return found;
  };
  const names = async (options: ListOptions = {}): Promise<string[]> =>
    (await entries(options)).map(({ name }) => name);
  const puts = (result: string): number =>
    environment.metrics.value('ats_storage_archive_puts_total', { result });

  beforeEach(async () => {
    await contract.reset();
    environment = { metrics: memoryMetrics() };
    archive = await contract.open(environment);
  });
  afterEach(() => archive.close());

  it('gives back the bytes, also of an empty object, and after reopening', async () => {
    const bytes = Uint8Array.from([0, 255, 10, 13]);
    expect(await archive.put(NAME, bytes)).toEqual({ kind: 'stored' });
    expect(await archive.put('empty', new Uint8Array())).toEqual({ kind: 'stored' });
    await archive.close();
    archive = await contract.open(environment);
    expect(await archive.get(NAME)).toEqual(bytes);
    expect(await archive.get('empty')).toEqual(new Uint8Array());
  });

  it('has nothing under a name that was never put, a part of a name among them', async () => {
    await archive.put(NAME, bytesOf('x'));
    expect(await archive.get('events/other')).toBeUndefined();
    expect(await archive.get('events')).toBeUndefined();
    expect(await archive.get(`${NAME}/more`)).toBeUndefined();
  });

  it('takes the same bytes again and refuses other bytes, which change nothing', async () => {
    await archive.put(NAME, bytesOf('first'));
    expect(await archive.put(NAME, bytesOf('first'))).toEqual({ kind: 'present' });
    const refused = { kind: 'refused', reason: expect.stringContaining(NAME) };
    expect(await archive.put(NAME, bytesOf('other'))).toEqual(refused);
    expect(await archive.put(NAME, new Uint8Array())).toEqual(refused);
    expect(await archive.get(NAME)).toEqual(bytesOf('first'));
    expect([puts('stored'), puts('present'), puts('refused')]).toEqual([1, 1, 2]);
  });

  it('lets one of many win that put different bytes at once', async () => {
    const texts = Array.from({ length: 20 }, (_, index) => `writer ${index}`);
    const results = await Promise.all(texts.map((text) => archive.put(NAME, bytesOf(text))));
    const winners = texts.filter((_, index) => results[index]?.kind === 'stored');
    expect(winners).toHaveLength(1);
    expect(results.filter(({ kind }) => kind === 'refused')).toHaveLength(19);
    expect(await archive.get(NAME)).toEqual(bytesOf(winners[0] ?? ''));
  });

  it('lists names in order of their bytes, by prefix and after a name', async () => {
    const given = ['b', 'a/1', 'a', 'a-b', 'a/1/z', 'a/10', 'a/2', 'aa/x', 'B', 'a=1/p'];
    const objects = given.filter((name) => name !== 'a' && name !== 'a/1');
    for (const name of objects) await archive.put(name, bytesOf(name));
    const sorted = [...objects].sort();
    expect(await names()).toEqual(sorted);
    expect(await names({ prefix: 'a/' })).toEqual(sorted.filter((name) => name.startsWith('a/')));
    expect(await names({ prefix: 'a/1' })).toEqual(['a/1/z', 'a/10']);
    expect(await names({ prefix: 'nothing' })).toEqual([]);
    for (const after of [...sorted, 'a/', 'a/1']) {
      expect(await names({ after })).toEqual(sorted.filter((name) => name > after));
    }
    expect(await entries({ prefix: 'aa' })).toEqual([{ name: 'aa/x', bytes: 4 }]);
  });

  it.each(['', '/a', 'a/', 'a//b', '../a', 'a/..', '.hidden', 'a/.b', 'a b', 'é', 'a\\b'])(
    'refuses the name %j',
    async (name) => {
      const invalid = { code: 'STORAGE_INPUT_INVALID', retry: 'never' };
      await expect(archive.put(name, bytesOf('x'))).rejects.toMatchObject(invalid);
      await expect(archive.get(name)).rejects.toMatchObject(invalid);
    },
  );

  it('finds after kill -9 all that was acknowledged, and no half of an object', async () => {
    await archive.close();
    const acknowledged = await killedWriter(contract.writer(), { linesMin: 100 });
    archive = await contract.open(environment);
    const found = await names();
    expect(found).toEqual(expect.arrayContaining([...acknowledged]));
    expect(found.length).toBeLessThanOrEqual(acknowledged.length + 1);
    for (const name of found) {
      const bytes = (await archive.get(name)) ?? new Uint8Array();
      expect({ name, whole: Buffer.compare(bytes, provenBytes(name)) === 0 }) //
        .toEqual({ name, whole: true });
    }
    const next = `killed/p=${acknowledged.length % 7}/object-${acknowledged.length}`;
    const again = await archive.put(next, provenBytes(next));
    expect(again.kind).toBe(found.length > acknowledged.length ? 'present' : 'stored');
  });

  it('says that it cannot write, may be asked again, and leaves no trace meanwhile', async () => {
    await archive.put('before', bytesOf('x'));
    await contract.outage.begin();
    const unavailable = { code: 'STORAGE_UNAVAILABLE', retry: 'safe' };
    await expect(archive.put(NAME, bytesOf('x'))).rejects.toMatchObject(unavailable);
    expect(archive.health().ok).toBe(false);
    await contract.outage.end();
    expect(await names()).toEqual(['before']);
    expect(await archive.put(NAME, bytesOf('x'))).toEqual({ kind: 'stored' });
    expect(archive.health()).toEqual({ ok: true, reason: '' });
  });

  it('refuses everything once it is closed', async () => {
    await archive.close();
    const closed = { code: 'STORAGE_UNAVAILABLE' };
    expect(archive.health().ok).toBe(false);
    await expect(archive.put(NAME, bytesOf('x'))).rejects.toMatchObject(closed);
    await expect(archive.get(NAME)).rejects.toMatchObject(closed);
    await expect(names()).rejects.toMatchObject(closed);
  });
}
