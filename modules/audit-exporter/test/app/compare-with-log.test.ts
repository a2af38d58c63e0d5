import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { EventLog } from '@ats/storage';
import { compareWithLog } from '../../src/index.ts';
import { Stage } from '../stage.ts';

describe('the archive against the log', () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await Stage.open();
    for (const from of [0, 10]) {
      const exporter = await stage.export();
      await stage.append(10, { from });
      await exporter.drain();
    }
  });
  afterEach(() => stage.close());

  const compare = (log: Pick<EventLog, 'read'> = stage.log) =>
    compareWithLog({ log, archive: stage.archive });
  const remove = (name = '') => rm(join(stage.archiveFolder, name));

  it('finds every record archived', async () => {
    expect(await compare()).toEqual({ records: 20, missing: 0, differing: [] });
  });

  it('counts what the log has beyond the archive', async () => {
    await stage.append(3);
    await stage.append(4, { topic: 'orders.events' });
    expect(await compare()).toEqual({ records: 27, missing: 7, differing: [] });
  });

  it('counts what was removed from the archive', async () => {
    const [first] = await stage.names('events/');
    await remove(first);
    expect(await compare()).toEqual({ records: 20, missing: 10, differing: [] });
    const [link] = await stage.names('links/');
    await remove(link);
    expect(await compare()).toEqual({ records: 20, missing: 10, differing: [] });
  });

  it('names segments that hold something else than the log', async () => {
    const changed: Pick<EventLog, 'read'> = {
      read: async (options) => {
        const records = await stage.log.read(options);
        const payload = new Uint8Array([1]);
        return records.map((one) => (one.offset === 12 ? { ...one, payload } : one));
      },
    };
    const names = (await stage.names('events/')).filter((name) => name.includes('offset=10-19'));
    expect(await compare(changed)).toEqual({ records: 20, missing: 0, differing: names });
  });

  it('begins where a log begins that has given up its oldest records', async () => {
    const trimmed: Pick<EventLog, 'read'> = {
      read: async (options) => stage.log.read({ ...options, from: Math.max(options.from, 5) }),
    };
    expect(await compare(trimmed)).toEqual({ records: 15, missing: 0, differing: [] });
  });
});
