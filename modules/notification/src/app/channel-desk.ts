import { AtsError } from '@ats/domain';
import {
  type Breaker,
  type Clock,
  LatencyRecorder,
  type LatencySummary,
  openBreaker,
} from '@ats/runtime';
import type { NotificationSettings } from '../config.ts';
import type { Message } from '../domain/message.ts';
import type { Locale, Person } from '../domain/person.ts';
import { briefingOf } from './briefing.ts';
import { type Channel, type ChannelKind, channelFailed } from './channel.ts';
import type { Outcome } from './dispatcher.ts';
import type { NotificationMetrics } from './metrics.ts';
import type { Words } from './wording.ts';

export type SendResult =
  | { readonly kind: 'sent' }
  | { readonly kind: 'failed'; readonly error: AtsError };

const OUTCOMES: readonly Outcome[] = ['delivered', 'dead', 'dropped'];

interface Line {
  readonly channel: Channel;
  readonly breaker: Breaker;
  readonly latencies: LatencyRecorder;
  delivered: number;
  dead: number;
  failedTries: number;
}

/** How one channel has done since the start. */
export interface ChannelFigures {
  readonly name: string;
  readonly kind: ChannelKind;
  readonly delivered: number;
  readonly dead: number;
  readonly failedTries: number;
  readonly latency: LatencySummary;
  readonly breakerOpen: boolean;
}

export interface ChannelDeskOptions {
  /** By name. */
  readonly channels: ReadonlyMap<string, Channel>;
  readonly wording: (locale: Locale) => Words;
  readonly settings: NotificationSettings;
  readonly clock: Clock;
  readonly metrics: NotificationMetrics;
}

/** The channels, each behind a circuit breaker, and what a message says on them. */
export class ChannelDesk {
  private readonly options: ChannelDeskOptions;
  private readonly lines: ReadonlyMap<string, Line>;

  constructor(options: ChannelDeskOptions) {
    this.options = options;
    const { breaker, concurrencyMax } = options.settings;
    const open = (name: string): Breaker =>
      openBreaker({
        ...{ name: `channel ${name}`, ...breaker },
        windowMs: Math.max(10_000, breaker.openMs * concurrencyMax),
        // An address that is wrong says nothing about the channel.
        isFailure: (error) => !(error instanceof AtsError) || error.retry !== 'never',
        onState: (state) => {
          options.metrics.breakerOpen.set({ channel: name }, state === 'closed' ? 0 : 1);
        },
      });
    for (const channel of options.channels.keys()) {
      options.metrics.breakerOpen.set({ channel }, 0);
      options.metrics.failedTries.add({ channel }, 0);
      options.metrics.latencySeconds.zero({ channel });
      for (const outcome of OUTCOMES) options.metrics.messages.add({ channel, outcome }, 0);
    }
    this.lines = new Map(
      [...options.channels].map(([name, channel]) => [
        name,
        {
          ...{ channel, breaker: open(name), latencies: new LatencyRecorder() },
          ...{ delivered: 0, dead: 0, failedTries: 0 },
        },
      ]),
    );
  }

  has(name: string): boolean {
    return this.lines.has(name);
  }

  kindOf(name: string): ChannelKind | undefined {
    return this.lines.get(name)?.channel.kind;
  }

  get names(): readonly string[] {
    return [...this.lines.keys()];
  }

  /** Tries a message once, in the language and zone of the person, or of the configuration. */
  async send(what: {
    readonly message: Message;
    readonly address: string;
    readonly person: Pick<Person, 'locale' | 'zone'> | undefined;
  }): Promise<SendResult> {
    const { settings, wording, clock } = this.options;
    const { message, address, person } = what;
    const line = this.lines.get(message.channel);
    if (line === undefined) return { kind: 'failed', error: noChannel(message.channel) };
    const { locale, zone } = person ?? settings;
    const { dashboardUrl, runbookUrl } = settings;
    const nowUs = clock.nowUs();
    try {
      const briefing = briefingOf(message, {
        ...{ words: wording(locale), locale, zone, dashboardUrl, runbookUrl, nowUs },
      });
      const to = { address, messageId: message.messageId, nowUs };
      await line.breaker.run(() => line.channel.send(briefing, to));
      return { kind: 'sent' };
    } catch (thrown) {
      const error = thrown instanceof AtsError ? thrown : unforeseen(thrown);
      if (error.code !== 'RPC_CIRCUIT_OPEN') line.failedTries += 1;
      return { kind: 'failed', error };
    }
  }

  count(name: string, outcome: Outcome, latencyUs: number): void {
    const line = this.lines.get(name);
    if (line === undefined) return;
    if (outcome === 'dead') line.dead += 1;
    if (outcome !== 'delivered') return;
    line.delivered += 1;
    line.latencies.record(latencyUs);
  }

  figures(): readonly ChannelFigures[] {
    return [...this.lines].map(([name, line]) => {
      const { delivered, dead, failedTries, latencies, channel, breaker } = line;
      const { kind } = channel;
      const latency = latencies.summary();
      return { name, kind, delivered, dead, failedTries, latency, breakerOpen: breaker.open };
    });
  }

  async close(): Promise<void> {
    for (const { breaker, channel } of this.lines.values()) {
      breaker.close();
      await channel.close();
    }
  }
}

function noChannel(name: string): AtsError {
  return channelFailed({ what: `there is no channel ${name}`, retry: 'never' });
}

/** A defect of ours must not go on for ever: it is tried like a failure of the channel. */
function unforeseen(cause: unknown): AtsError {
  return channelFailed({ what: `the message could not be made: ${cause}`, retry: 'safe', cause });
}
