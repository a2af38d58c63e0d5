import { readFileSync } from 'node:fs';
import Handlebars from 'handlebars';
import type { Briefing, BriefingTable, Highlight, Tone } from '../../app/briefing.ts';
import { plainTable } from './plain-table.ts';

/** Names the chart among the parts of a mail. */
export const CHART_CID = 'chart@ats';

/** Accents by tone, dark enough for white letters. */
const ACCENTS: Readonly<Record<Tone, string>> = {
  emergency: '#b91c1c',
  critical: '#c2410c',
  warning: '#a16207',
  info: '#1d4ed8',
  recovered: '#15803d',
  neutral: '#334155',
};

/** Letters of a highlight by its mood; the template has those for a dark page. */
const INKS: Readonly<Record<Highlight['mood'], string>> = {
  good: '#15803d',
  bad: '#b91c1c',
  plain: '#18202c',
};

// Templates of their own know nothing of each other, and escape whatever is put in.
const own = Handlebars.create();
own.registerHelper('accent', (tone: Tone) => ACCENTS[tone]);
own.registerHelper('ink', (mood: Highlight['mood']) => INKS[mood]);
own.registerHelper(
  'isNumber',
  (column: number, table: BriefingTable) => column >= table.textColumns,
);
own.registerHelper('plainTable', (table: BriefingTable) => plainTable(table));

const read = (name: string): string =>
  readFileSync(new URL(`templates/${name}`, import.meta.url), 'utf8');

const html = own.compile<object>(read('email.html.hbs'));
const text = own.compile<object>(read('email.text.hbs'), { noEscape: true });

/** A message as a mail in HTML and in plain text. */
export function layOut(briefing: Briefing): { readonly html: string; readonly text: string } {
  const single = briefing.items.length === 1 && briefing.intro === '';
  const values = { ...briefing, single, chartCid: CHART_CID };
  return { html: html(values), text: text(values).replaceAll(/\n{3,}/g, '\n\n') };
}
