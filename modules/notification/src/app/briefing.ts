import type { Alert, Severity } from '@ats/domain';
import { alertCount, type Message, type MessageEntry, severityOf } from '../domain/message.ts';
import type { Locale } from '../domain/person.ts';
import { readableDuration, readableTime } from '../domain/zoned-time.ts';
import { digestParts } from './digest-briefing.ts';
import type { Words } from './wording.ts';

/** How a message looks as a whole: by the severity, or good news, or neither. */
export type Tone = Severity | 'recovered' | 'neutral';

export interface BriefingRow {
  readonly label: string;
  readonly value: string;
}

/** One alert as a person reads it. */
export interface BriefingItem {
  readonly tone: Tone;
  /** The severity or "recovered", in words. */
  readonly badge: string;
  /** What happened. */
  readonly headline: string;
  /** Since when, what the system did, what to do, then facts. */
  readonly rows: readonly BriefingRow[];
  readonly dashboardUrl: string;
  /** Empty where there is no runbook. */
  readonly runbookUrl: string;
  /** What it was made of, for programs. */
  readonly alert: Alert;
  readonly state: string;
}

/** A table of a digest; without rows its note says why. */
export interface BriefingTable {
  readonly heading: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Columns of text; those after them are numbers. */
  readonly textColumns: number;
  /** A sentence or two below it; may be empty. */
  readonly note: string;
}

/** A figure that is seen before all others. */
export interface Highlight {
  readonly label: string;
  readonly value: string;
  readonly mood: 'good' | 'bad' | 'plain';
}

export interface BriefingChart {
  readonly heading: string;
  /** The drawing without a word in it: what it means stands beside it. */
  readonly svg: string;
  /** The drawing in one line of text. */
  readonly sparkline: string;
  /** What it shows, in a sentence. */
  readonly description: string;
  /** What is at its left and its right end, and its lowest and highest point. */
  readonly from: string;
  readonly to: string;
  readonly range: string;
}

/** One message in a person's language and zone, ready to be laid out by any channel. */
export interface Briefing {
  readonly messageId: string;
  readonly locale: Locale;
  readonly tone: Tone;
  /** One line; of an e-mail the subject. */
  readonly title: string;
  /** A sentence or two before the alerts; may be empty. */
  readonly intro: string;
  readonly items: readonly BriefingItem[];
  /** Of what is not told one by one; empty when all is. */
  readonly rest: string;
  readonly tables: readonly BriefingTable[];
  /** Of digests. */
  readonly highlights: readonly Highlight[];
  readonly chart: BriefingChart | undefined;
  readonly dashboardUrl: string;
  /** The words of links and the last line. */
  readonly labels: {
    readonly dashboard: string;
    readonly runbook: string;
    readonly footer: string;
  };
}

export interface BriefingContext {
  readonly words: Words;
  readonly zone: string;
  readonly locale: Locale;
  readonly dashboardUrl: string;
  readonly runbookUrl: string;
  readonly nowUs: number;
}

const ORDER: readonly Tone[] = ['emergency', 'critical', 'warning', 'info', 'recovered'];

/** What a message says to its reader. */
export function briefingOf(message: Message, context: BriefingContext): Briefing {
  const { words, locale, dashboardUrl } = context;
  const items = message.entries
    .map((entry) => itemOf(entry, context))
    .sort((one, other) => ORDER.indexOf(one.tone) - ORDER.indexOf(other.tone));
  const common = {
    ...{ messageId: message.messageId, locale, dashboardUrl, items, rest: '', intro: '' },
    ...{ highlights: [], chart: undefined, tables: [] },
    labels: {
      dashboard: words('link.dashboard'),
      runbook: words('link.runbook'),
      footer: words('footer'),
    },
  };
  if (message.test) {
    return { ...common, tone: 'neutral', title: words('test.title'), intro: words('test.intro') };
  }
  const { digest } = message;
  if (digest !== undefined) return { ...common, tone: 'neutral', ...digestParts(digest, context) };
  const tone: Tone = severityOf(message) ?? 'recovered';
  const count = alertCount(message);
  const only = items.length === 1 && count === 1 ? items[0] : undefined;
  if (only !== undefined) {
    return { ...common, tone, title: `[${only.badge}] ${only.headline}` };
  }
  return {
    ...common,
    ...{ tone, title: `[${words(`severity.${tone}`)}] ${words('folded.title', { count })}` },
    intro: words('folded.intro', { count, counts: countsText(message, words) }),
    rest: count > items.length ? words('folded.rest', { count: count - items.length }) : '',
  };
}

function countsText({ counts }: Message, words: Words): string {
  return (['emergency', 'critical', 'warning', 'info', 'recovered'] as const)
    .filter((name) => counts[name] > 0)
    .map((name) => `${words(`severity.${name}`)} ${counts[name]}`)
    .join(', ');
}

function itemOf({ alert, state }: MessageEntry, context: BriefingContext): BriefingItem {
  const { words, zone, locale, nowUs } = context;
  const ended = alert.resolvedAtUs !== undefined;
  const tone = ended ? 'recovered' : alert.severity;
  const row = (label: string, value: string | undefined): BriefingRow[] =>
    value === undefined || value === '' ? [] : [{ label: words(`row.${label}`), value }];
  const lastedUs = (alert.resolvedAtUs ?? nowUs) - alert.raisedAtUs;
  const since = words(ended ? 'time.was' : 'time.since', {
    at: readableTime(alert.raisedAtUs, zone, locale),
    until: readableTime(alert.resolvedAtUs ?? nowUs, zone, locale),
    lasted: readableDuration(lastedUs, locale),
  });
  return {
    ...{ tone, badge: words(`severity.${tone}`), headline: alert.summary },
    rows: [
      ...row('since', since),
      ...(state.startsWith('escalated') ? row('escalated', words('escalated')) : []),
      ...row('action', alert.action),
      ...(ended ? [] : row('remedy', alert.remedy)),
      ...row('area', words(`area.${alert.area}`)),
      ...row('venue', alert.venue),
      ...row('instrument', alert.instrument),
      ...Object.entries(alert.facts).map(([label, value]) => ({ label, value })),
    ],
    dashboardUrl: alertUrl(context.dashboardUrl, alert),
    runbookUrl: alert.runbook === '' ? '' : `${context.runbookUrl}${alert.runbook}`,
    ...{ alert, state },
  };
}

/** The dashboard's page with the alert in its query. */
function alertUrl(dashboardUrl: string, { alertId }: Alert): string {
  const url = new URL(dashboardUrl);
  url.searchParams.set('alert', alertId);
  return url.href;
}
