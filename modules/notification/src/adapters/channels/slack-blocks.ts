import type { KnownBlock } from '@slack/web-api';
import type {
  Briefing,
  BriefingChart,
  BriefingItem,
  BriefingTable,
  Tone,
} from '../../app/briefing.ts';
import { plainTable } from './plain-table.ts';

/** Limits of Block Kit. */
const HEADER_MAX = 150;
const TEXT_MAX = 3000;
const FIELDS_MAX = 10;
const FIELD_MAX = 2000;
const BLOCKS_MAX = 48;
/** Leaves room in a text for heading and note. */
const TABLE_MAX = 2000;

const MARKS: Readonly<Record<Tone, string>> = {
  emergency: ':rotating_light:',
  critical: ':red_circle:',
  warning: ':large_orange_circle:',
  info: ':large_blue_circle:',
  recovered: ':large_green_circle:',
  neutral: ':bar_chart:',
};

/**
 * Slack's three characters of control are escaped; the rest of the text is the sender's.
 * @see https://docs.slack.dev/messaging/formatting-message-text#escaping
 */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

const cut = (text: string, max: number): string =>
  text.length <= max ? text : `${text.slice(0, max - 1)}…`;

const section = (text: string): KnownBlock => ({
  type: 'section',
  text: { type: 'mrkdwn', text: cut(text, TEXT_MAX) },
});

const field = (label: string, value: string): { type: 'mrkdwn'; text: string } => ({
  type: 'mrkdwn',
  text: cut(`*${escaped(label)}*\n${escaped(value)}`, FIELD_MAX),
});

/** A message as Block Kit; what would be too much for Slack is left to the dashboard. */
export function slackBlocks(briefing: Briefing): KnownBlock[] {
  const { title, intro, items, rest, highlights, chart, tables, labels, dashboardUrl } = briefing;
  const single = items.length === 1 && intro === '';
  const blocks: KnownBlock[] = [
    { type: 'header', text: { type: 'plain_text', text: cut(title, HEADER_MAX) } },
  ];
  if (intro !== '') blocks.push(section(escaped(intro)));
  for (const item of items) {
    const next = itemBlocks(item, briefing, single);
    if (blocks.length + next.length > BLOCKS_MAX) break;
    blocks.push(...next);
  }
  if (highlights.length > 0) {
    const fields = highlights.map(({ label, value }) => field(label, value));
    blocks.push({ type: 'section', fields });
  }
  if (chart !== undefined) blocks.push(section(chartText(chart)));
  for (const table of tables) blocks.push(section(tableText(table)));
  if (rest !== '') blocks.push(section(escaped(rest)));
  const footer = `<${dashboardUrl}|${escaped(labels.dashboard)}>  ·  ${escaped(labels.footer)}`;
  blocks.push({ type: 'context', elements: [{ type: 'mrkdwn', text: footer }] });
  return blocks;
}

function itemBlocks(item: BriefingItem, { labels }: Briefing, single: boolean): KnownBlock[] {
  const { tone, badge, headline, rows, dashboardUrl, runbookUrl } = item;
  const links = [`<${dashboardUrl}|${escaped(labels.dashboard)}>`];
  if (runbookUrl !== '') links.push(`<${runbookUrl}|${escaped(labels.runbook)}>`);
  const head = `${MARKS[tone]} *${escaped(badge)}*  ${escaped(headline)}`;
  if (!single) {
    const told = rows
      .slice(0, 3)
      .map(({ label, value }) => `*${escaped(label)}* ${escaped(value)}`);
    return [{ type: 'divider' }, section([head, ...told, links.join('  ·  ')].join('\n'))];
  }
  const fields = rows.slice(0, FIELDS_MAX).map(({ label, value }) => field(label, value));
  return [section(head), { type: 'section', fields }, section(links.join('  ·  '))];
}

/** Slack has no tables in messages of this kind: columns of a fixed width. */
function tableText(table: BriefingTable): string {
  const { heading, rows, note } = table;
  const drawn =
    rows.length === 0 ? [] : [`\`\`\`${escaped(cut(plainTable(table), TABLE_MAX))}\`\`\``];
  const below = note === '' ? [] : [escaped(note)];
  return [`*${escaped(heading)}*`, ...drawn, ...below].join('\n');
}

/** The day's line in letters, as Slack shows pictures from public addresses alone. */
function chartText({ heading, sparkline, from, to, range }: BriefingChart): string {
  return `*${escaped(heading)}*\n\`${from} ${sparkline} ${to}\`\n${escaped(range)}`;
}
