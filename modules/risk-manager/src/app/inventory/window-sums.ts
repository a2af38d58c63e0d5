import { accountId, assetId, Decimal, venueId } from '@ats/domain';
import type { Clock, Metrics } from '@ats/runtime';
import type { Item, ItemKey, StateStore, TransactItem } from '@ats/storage';
import { bucketStart, bucketUsOf, type Place, placeKey } from '../../domain/inventory/flow.ts';

/** How long an event is known: it comes again soon or not at all. */
const KEPT_US = 7 * 86_400_000_000;
const PAGE = 1000;
const PLACES_MAX = 10_000;

/** Amounts by name, exact. */
export type Sums<Name extends string> = Readonly<Record<Name, Decimal>>;

/** One event and what it adds where. */
export interface Addition<Name extends string> {
  readonly eventId: string;
  readonly atUs: number;
  readonly parts: readonly { readonly place: Place; readonly sums: Sums<Name> }[];
}

/** What came together at one place in one stretch of the window. */
interface Bucket<Name extends string> {
  readonly place: Place;
  readonly startUs: number;
  readonly sums: Sums<Name>;
}

export interface WindowSumsOptions<Name extends string> {
  readonly state: StateStore;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** The partition of table `risk` that holds the sums. */
  readonly partition: string;
  readonly names: readonly Name[];
  readonly windowUs: number;
}

/** Every item of a partition of table `risk`. */
export async function* riskItems(state: StateStore, partition: string): AsyncGenerator<Item> {
  let after: string | undefined;
  do {
    const page = await state.query({
      ...{ table: 'risk', partition, limit: PAGE },
      ...(after === undefined ? {} : { after }),
    });
    yield* page.items;
    after = page.next;
  } while (after !== undefined);
}

/**
 * Exact sums by place over stretches of a window, each event in them once. Stored, and kept in
 * memory; what is older than the window goes by itself.
 */
export class WindowSums<Name extends string> {
  private readonly options: WindowSumsOptions<Name>;
  private places = new Map<string, { place: Place; buckets: Map<number, Bucket<Name>> }>();
  private readonly refused: () => void;

  constructor(options: WindowSumsOptions<Name>) {
    this.options = options;
    const refused = options.metrics.counter({
      name: 'ats_risk_inventory_places_refused_total',
      help: `Times that a flow was not kept, for ${PLACES_MAX} places have one.`,
      labels: [],
    });
    this.refused = () => refused.add({});
  }

  /** What is known of a place, in no order. */
  of(place: Place): readonly Bucket<Name>[] {
    return [...(this.places.get(placeKey(place))?.buckets.values() ?? [])];
  }

  /** Whether an event is too old to count for anything. */
  isPast(atUs: number): boolean {
    const { windowUs, clock } = this.options;
    return this.endOf(bucketStart(atUs, windowUs)) <= clock.nowUs();
  }

  async load(): Promise<void> {
    this.places = new Map();
    for await (const item of riskItems(this.options.state, this.options.partition)) {
      this.remember(this.bucketOf(item));
    }
  }

  /** Names of the stored items that an addition changes. */
  itemsOf({ eventId, atUs, parts }: Addition<Name>): readonly string[] {
    const startUs = bucketStart(atUs, this.options.windowUs);
    return [eventId, ...parts.map(({ place }) => sortKey(place, startUs))];
  }

  /** @returns false when another instance has stored some of it meanwhile: load, and add again */
  async add(additions: readonly Addition<Name>[]): Promise<boolean> {
    const { state } = this.options;
    const once = [...new Map(additions.map((one) => [one.eventId, one])).values()];
    const known = await Promise.all(once.map((one) => state.get(this.markKey(one))));
    const fresh = once.filter((_, index) => known[index] === undefined);
    return fresh.length === 0 || this.store(fresh);
  }

  private async store(additions: readonly Addition<Name>[]): Promise<boolean> {
    const { state, clock, windowUs } = this.options;
    const changes = new Map<string, Omit<Bucket<Name>, 'sums'> & { parts: Sums<Name>[] }>();
    for (const { atUs, parts } of additions) {
      const startUs = bucketStart(atUs, windowUs);
      for (const { place, sums } of parts) {
        if (this.isFullFor(place)) continue;
        const key = sortKey(place, startUs);
        const change = changes.get(key) ?? { place, startUs, parts: [] };
        change.parts.push(sums);
        changes.set(key, change);
      }
    }
    const expiresAtUs = clock.nowUs() + KEPT_US;
    const marks = additions.map((one): TransactItem => {
      return { kind: 'create', key: this.markKey(one), attributes: {}, expiresAtUs };
    });
    const written = await Promise.all(
      [...changes.values()].map(async ({ place, startUs, parts }) => {
        const key = this.bucketKey(place, startUs);
        const before = await state.get(key);
        const sums = parts.reduce(
          (one, other) => this.sum(one, other),
          this.sumsOf(before?.attributes ?? {}),
        );
        const what = { key, attributes: sums, expiresAtUs: this.endOf(startUs) };
        const item: TransactItem =
          before === undefined
            ? { kind: 'create', ...what }
            : { kind: 'replace', ifVersion: before.version, ...what };
        return { item, bucket: { place, startUs, sums } };
      }),
    );
    const result = await state.transact([...marks, ...written.map(({ item }) => item)]);
    if (result.kind !== 'committed') return false;
    for (const { bucket } of written) this.remember(bucket);
    return true;
  }

  private remember(bucket: Bucket<Name>): void {
    const key = placeKey(bucket.place);
    const known = this.places.get(key) ?? { place: bucket.place, buckets: new Map() };
    known.buckets.set(bucket.startUs, bucket);
    const nowUs = this.options.clock.nowUs();
    for (const startUs of known.buckets.keys()) {
      if (this.endOf(startUs) <= nowUs) known.buckets.delete(startUs);
    }
    this.places.set(key, known);
  }

  private isFullFor(place: Place): boolean {
    if (this.places.size < PLACES_MAX || this.places.has(placeKey(place))) return false;
    this.refused();
    return true;
  }

  /** When no part of a stretch is in the window any more. */
  private endOf(startUs: number): number {
    const { windowUs } = this.options;
    return startUs + windowUs + bucketUsOf(windowUs);
  }

  private sum(one: Sums<Name>, other: Sums<Name>): Sums<Name> {
    return this.each((name) => one[name].add(other[name]));
  }

  private sumsOf(attributes: Item['attributes']): Sums<Name> {
    return this.each((name) => {
      const sum = attributes[name];
      return sum instanceof Decimal ? sum : Decimal.ZERO;
    });
  }

  private each(of: (name: Name) => Decimal): Sums<Name> {
    return Object.fromEntries(this.options.names.map((name) => [name, of(name)])) as Sums<Name>;
  }

  private markKey({ eventId }: Addition<Name>): ItemKey {
    return { table: 'risk', partition: `${this.options.partition}/${eventId}`, sort: '' };
  }

  private bucketKey(place: Place, startUs: number): ItemKey {
    return { table: 'risk', partition: this.options.partition, sort: sortKey(place, startUs) };
  }

  private bucketOf({ key, attributes }: Item): Bucket<Name> {
    const [account, venue, asset, startUs] = JSON.parse(key.sort) as SortKey;
    const place = { accountId: accountId(account), venue: venueId(venue), asset: assetId(asset) };
    return { place, startUs, sums: this.sumsOf(attributes) };
  }
}

type SortKey = readonly [account: string, venue: string, asset: string, startUs: number];

const sortKey = ({ accountId: account, venue, asset }: Place, startUs: number): string =>
  JSON.stringify([account, venue, asset, startUs] satisfies SortKey);
