import { alertToWire, type WireMessages } from '@ats/contracts';
import { AtsError } from '@ats/domain';
import type { Clock, Logger, ServerStream } from '@ats/runtime';
import type { Item, StateStore } from '@ats/storage';
import { EVERYBODY } from '../domain/person.ts';
import type { BellLine } from './draft.ts';
import { keys } from './keys.ts';
import { readJson } from './stored.ts';

type Entry = WireMessages['ats.notification.v1.BellEntry'];
type Response = WireMessages['ats.notification.v1.StreamBellResponse'];

const PAGE = 100;
const LIMIT_MAX = 1000;
/** Streams that may be open at once. */
const STREAMS_MAX = 200;

/** The dashboard's bells: one of everybody, and one of each person whom a rule tells. */
export class Bell {
  private readonly options: {
    readonly store: Pick<StateStore, 'query'>;
    readonly clock: Clock;
    readonly logger: Logger;
  };
  private readonly followers = new Map<string, Set<() => void>>();
  private lastRungUs = 0;
  private streams = 0;

  constructor(options: Bell['options']) {
    this.options = options;
  }

  /** The time of the next line: later than that of any before, so that it is a place as well. */
  ringUs(): number {
    this.lastRungUs = Math.max(this.options.clock.nowUs(), this.lastRungUs + 1);
    return this.lastRungUs;
  }

  /** Lines were written. */
  rung(personIds: ReadonlySet<string>): void {
    for (const personId of personIds) {
      for (const wake of this.followers.get(personId) ?? []) wake();
    }
  }

  async list({ personId, limit }: { personId: string; limit: number }): Promise<readonly Entry[]> {
    const { partition } = keys.bell(personId || EVERYBODY, 0, '');
    const { items } = await this.options.store.query({
      ...{ table: 'notifications', partition, order: 'descending' },
      limit: Math.min(LIMIT_MAX, limit || 50),
    });
    return items.map(entryOf);
  }

  /** Sends the lines after a position, then each as it is written. @returns what ends that */
  stream(
    { personId, after }: { readonly personId: string; readonly after: string },
    stream: ServerStream<Response>,
  ): () => void {
    if (this.streams >= STREAMS_MAX) {
      throw new AtsError({
        code: 'RPC_UNAVAILABLE',
        message: `${STREAMS_MAX} streams of bells are open`,
        remedy: 'Close some.',
        retry: 'safe',
      });
    }
    this.streams += 1;
    const owner = personId || EVERYBODY;
    const follower = new Follower(this.options.store, owner, after, stream);
    const wakes = this.followers.get(owner) ?? new Set();
    this.followers.set(owner, wakes);
    const wake = (): void => follower.wake();
    wakes.add(wake);
    stream.onDrain(wake);
    if (after === '') follower.fromNow(this.ringUs());
    wake();
    return () => {
      this.streams -= 1;
      follower.closed = true;
      wakes.delete(wake);
      if (wakes.size === 0) this.followers.delete(owner);
    };
  }
}

/** Reads on from the last line that was sent whenever it is woken. */
class Follower {
  closed = false;
  private readonly store: Pick<StateStore, 'query'>;
  private readonly partition: string;
  private readonly stream: ServerStream<Response>;
  private position: string;
  private running = false;
  private again = false;

  constructor(
    store: Pick<StateStore, 'query'>,
    personId: string,
    position: string,
    stream: ServerStream<Response>,
  ) {
    this.store = store;
    this.partition = keys.bell(personId, 0, '').partition;
    this.position = position;
    this.stream = stream;
  }

  /** Only what is rung after this time. */
  fromNow(timeUs: number): void {
    this.position = keys.bell('', timeUs, '~').sort;
  }

  wake(): void {
    this.again = true;
    if (!this.running) void this.run();
  }

  private async run(): Promise<void> {
    this.running = true;
    try {
      while (this.again && !this.closed) {
        this.again = false;
        await this.sendPage();
      }
    } catch (error) {
      this.stream.end(error);
    } finally {
      this.running = false;
    }
  }

  private async sendPage(): Promise<void> {
    const query = { table: 'notifications', partition: this.partition, limit: PAGE } as const;
    const after = this.position === '' ? {} : { after: this.position };
    const { items, next } = await this.store.query({ ...query, ...after });
    for (const item of items) {
      // What is not taken is read again once there is room.
      if (this.closed || !this.stream.send({ entry: entryOf(item) })) return;
      this.position = item.key.sort;
    }
    if (next !== undefined) this.again = true;
  }
}

function entryOf(item: Item): Entry {
  const { alert, recovered, rungAtUs } = readJson<BellLine>(item);
  return { position: item.key.sort, alert: alertToWire(alert), recovered, rungAtUs };
}
