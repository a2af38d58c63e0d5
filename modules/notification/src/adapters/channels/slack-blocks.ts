import type { KnownBlock } from '@slack/web-api';
import type { Briefing, BriefingItem, BriefingTable, Tone } from '../../app/briefing.ts';

/** Limits of Block Kit. */
const HEADER_MAX = 150;
const TEXT_MAX = 3000;
const FIELDS_MAX = 10;
const FIELD_MAX = 2000;
const BLOCKS_MAX = 48;

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

/** A message as Block Kit; what would be too much for Slack is left to the dashboard. */
export function slackBlocks(briefing: Briefing): KnownBlock[] {
  const { title, intro, items, rest, tables, labels, dashboardUrl } = briefing;
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
  const fields = rows.slice(0, FIELDS_MAX).map(({ label, value }) => ({
    type: 'mrkdwn' as const,
    text: cut(`*${escaped(label)}*\n${escaped(value)}`, FIELD_MAX),
  }));
  return [section(head), { type: 'section', fields }, section(links.join('  ·  '))];
}

/** Slack has no tables in messages of this kind: columns of a fixed width. */
function tableText({ heading, head, rows }: BriefingTable): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const lines = all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return `*${escaped(heading)}*\n\`\`\`${escaped(cut(lines.join('\n'), TEXT_MAX - 500))}\`\`\``;
}
