import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import Handlebars from 'handlebars';
import type { Picture } from './charts.ts';

/** One cell: what is read, how it looks, and what it is sorted by where that is not its text. */
export interface Cell {
  readonly text: string;
  /** Class names: `t` for text, `up` and `down` for what was won and lost, `best`. */
  readonly kind?: string;
  readonly value?: string;
}

/** A plain table: the first cell of each row names it. */
export interface HtmlTable {
  readonly title?: string;
  readonly head: readonly Cell[];
  readonly rows: readonly (readonly Cell[])[];
}

const read = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8');

const style = read('page.css');
const script = read('page.js');

function policyOf(scripts: string): string {
  const nothing = "default-src 'none'; base-uri 'none'; form-action 'none'";
  return `${nothing}; style-src 'unsafe-inline'${scripts}`;
}

/** Nothing may be fetched, from anywhere; the one script is named by its hash. */
const SCRIPTED = policyOf(
  `; script-src 'sha256-${createHash('sha256').update(script).digest('base64')}'`,
);
const PLAIN = policyOf('');

// Templates of their own know nothing of each other, and escape whatever is put in.
const own = Handlebars.create();
own.registerPartial(
  'picture',
  '<figure role="img" aria-label="{{label}}"><div class="wide">{{{wide}}}</div>' +
    '<div class="narrow">{{{narrow}}}</div></figure>',
);
own.registerPartial(
  'table',
  '<div class="scroll" tabindex="0"><table>{{#if head}}<thead><tr>{{#each head}}' +
    '<th scope="col" class="{{kind}}">{{text}}</th>{{/each}}</tr></thead>{{/if}}<tbody>' +
    '{{#each rows}}<tr>{{#each this}}{{#if @first}}<th scope="row">{{text}}</th>{{else}}' +
    '<td class="{{kind}}">{{text}}</td>{{/if}}{{/each}}</tr>{{/each}}</tbody></table></div>',
);

const report = own.compile<object>(read('report.html.hbs'));
const comparison = own.compile<object>(read('comparison.html.hbs'));

export function reportPage(values: object): string {
  return report({ ...values, style, script, policy: SCRIPTED });
}

export function comparisonPage(values: {
  readonly picture: Picture;
  readonly [name: string]: unknown;
}): string {
  return comparison({ ...values, style, policy: PLAIN });
}

export const textCell = (text: string): Cell => ({ text, kind: 't' });
export const numberCell = (text: string): Cell => ({ text });

/** With its sign, which says without colour what the colour says. */
export function signedCell(text: string): Cell {
  const lost = text.startsWith('-') && text.length > 1;
  return { text, kind: lost ? 'down' : text.startsWith('+') ? 'up' : '' };
}
