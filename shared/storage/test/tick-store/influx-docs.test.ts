import { readFileSync } from 'node:fs';
import { MEASUREMENTS, tagsOf } from '../../src/tick-store/influx-lines.ts';
import { TICK_KINDS, tickColumns } from '../../src/tick-store/tick-table.ts';

const page = readFileSync(new URL('../../../../docs/influxdb.md', import.meta.url), 'utf8');

describe('the page about InfluxDB', () => {
  it.each(TICK_KINDS)('has the tags and fields of a %s as they are written', (kind) => {
    const names = tickColumns(kind)
      .map(({ name }) => name)
      .filter((name) => name !== 'received_at_us');
    const tags = tagsOf(kind);
    const cell = (some: readonly string[]): string => some.map((name) => `\`${name}\``).join(', ');
    const fields = names.filter((name) => !['venue', 'instrument', ...tags].includes(name));
    expect(page).toContain(`| \`${MEASUREMENTS[kind].name}\` | ${cell(tags)} | ${cell(fields)} |`);
  });
});
