import { join } from 'node:path';
import { z } from 'zod';
import { loadConfig } from '../src/index.ts';
import { LiveConfig } from '../src/live-config.ts';

const folder = join(import.meta.dirname, '../../../config');
const engine = z.object({
  engine: z.object({
    minEdgeBps: z.number().meta({ hot: true }),
    profitMin: z.string().meta({ hot: true }),
    bookDepth: z.int(),
    venueBookAgeMsMax: z.record(z.string(), z.number()).meta({ hot: true }),
  }),
});
type Engine = z.output<typeof engine>;

/** A process that reads the engine's section, and what a file would say when it is read again. */
function open() {
  let assignments: string[] = [];
  const load = (): ReturnType<typeof loadConfig> => {
    return loadConfig({ folder, environment: {}, assignments });
  };
  const live = new LiveConfig(load(), load);
  const taken: Engine['engine'][] = [];
  const section = live.read(engine);
  return {
    ...{ live, taken, section },
    says(...next: string[]) {
      assignments = next;
      return live.reload({ dryRun: false });
    },
    write(...next: string[]) {
      assignments = next;
    },
  };
}

const paths = (changes: readonly { path: string; live: boolean }[]) =>
  changes.map(({ path, live }) => `${path} ${live ? 'live' : 'restart'}`);

describe('settings of a running process', () => {
  test('that may change are handed out, and every other waits for a restart', () => {
    const { section, taken, says } = open();
    section.onReload(({ engine: next }) => taken.push(next));
    const changes = says(
      'engine.minEdgeBps=4',
      'engine.bookDepth=33',
      'engine.venueBookAgeMsMax.kraken=9',
    );
    expect(paths(changes).toSorted()).toEqual([
      'engine.bookDepth restart',
      'engine.minEdgeBps live',
      'engine.venueBookAgeMsMax.kraken live',
    ]);
    expect(changes).toContainEqual({
      ...{ path: 'engine.minEdgeBps', before: 1, after: 4, live: true, source: '--set' },
    });
    // What waits for a restart is not handed out meanwhile.
    expect(taken).toMatchObject([
      { minEdgeBps: 4, bookDepth: 20, venueBookAgeMsMax: { kraken: 9 } },
    ]);
    expect(paths(says('engine.minEdgeBps=4', 'engine.bookDepth=33'))).toEqual([
      'engine.venueBookAgeMsMax.kraken live',
      'engine.bookDepth restart',
    ]);
    expect(taken.at(-1)?.venueBookAgeMsMax).toEqual({});
  });

  test('are refused as a whole when one of them is wrong', () => {
    const { section, taken, says } = open();
    section.onReload(({ engine: next }) => taken.push(next));
    expect(() => says('engine.minEdgeBps=4', 'engine.bookDepth=none')).toThrow('bookDepth');
    expect(taken).toEqual([]);
    expect(paths(says('engine.minEdgeBps=4'))).toEqual(['engine.minEdgeBps live']);
  });

  test('wait for a restart where nobody takes them', () => {
    expect(paths(open().says('engine.minEdgeBps=4'))).toEqual(['engine.minEdgeBps restart']);
  });

  test('wait for a restart when another reader cannot take them', () => {
    const { live, section, says } = open();
    section.onReload(() => undefined);
    live.read(z.object({ engine: z.object({ minEdgeBps: z.number() }) }));
    expect(paths(says('engine.minEdgeBps=4'))).toEqual(['engine.minEdgeBps restart']);
  });

  test('of parts that do not run here are not told of', () => {
    expect(open().says('dashboard.port=1')).toEqual([]);
  });

  test('are only looked at by a dry run', () => {
    const { live, section, taken, write } = open();
    section.onReload(({ engine: next }) => taken.push(next));
    write('engine.minEdgeBps=4');
    expect(paths(live.reload({ dryRun: true }))).toEqual(['engine.minEdgeBps live']);
    expect(taken).toEqual([]);
  });

  test('are given back to all when one fails to take them', () => {
    const { section, taken, says } = open();
    section.onReload(({ engine: next }) => taken.push(next));
    section.onReload(({ engine: next }) => {
      if (next.minEdgeBps === 4) throw new Error('not me');
    });
    expect(() => says('engine.minEdgeBps=4')).toThrow('not me');
    expect(taken.map(({ minEdgeBps }) => minEdgeBps)).toEqual([4, 1]);
  });

  test('that are secret are never told', () => {
    const token = z.object({ risk: z.object({ approvalKey: z.string().optional() }) });
    const { live, says } = open();
    live.read(token);
    const changes = says('risk.approvalKey=a-secret-that-nobody-sees');
    expect(changes).toMatchObject([{ path: 'risk.approvalKey', before: undefined, after: '***' }]);
  });
});
