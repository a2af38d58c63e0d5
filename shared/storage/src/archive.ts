/** What became of a put. */
export type PutResult =
  /** The bytes are there now, durably. */
  | { readonly kind: 'stored' }
  /** The very same bytes were there already; nothing happened. */
  | { readonly kind: 'present' }
  /** Other bytes are there, which stay; these were not taken. */
  | { readonly kind: 'refused'; readonly reason: string };

export interface ArchiveEntry {
  readonly name: string;
  readonly bytes: number;
}

export interface ListOptions {
  /** Only names that begin so. */
  readonly prefix?: string;
  /** Only names after this one. */
  readonly after?: string;
}

/** The limits of every adapter. */
export const ARCHIVE_LIMITS = { nameBytesMax: 800, objectBytesMax: 256 * 2 ** 20 } as const;

/**
 * Keeps what happened, for ever: objects that are written once and never change.
 *
 * Names are texts with `/` between their parts, such as
 * `events/dt=2026-05-28/topic=trades/p=0/offset=0-99.jsonl.gz`: letters, digits and `.=_+-` in each
 * part, which does not begin with a dot.
 * Ordering: `list` gives names in order of their bytes.
 * Durability: `put` resolves when the object survives a crash. An object is there whole or not
 * at all.
 * Idempotency: putting the same bytes again is `present`, other bytes are `refused`, also when two
 * put at the same moment.
 * When full: `put` rejects with STORAGE_UNAVAILABLE and may be repeated (retry `safe`); nothing is
 * queued. Names and sizes that break `ARCHIVE_LIMITS` are STORAGE_INPUT_INVALID.
 */
export interface Archive {
  put(name: string, bytes: Uint8Array): Promise<PutResult>;
  /** The object's bytes, undefined when there is none. */
  get(name: string): Promise<Uint8Array | undefined>;
  /** Every object, in order; those put while it runs may be missing. */
  list(options?: ListOptions): AsyncIterable<ArchiveEntry>;
  health(): { readonly ok: boolean; readonly reason: string };
  close(): Promise<void>;
}
