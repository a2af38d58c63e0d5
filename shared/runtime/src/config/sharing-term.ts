/** After so long without a heartbeat Kafka gives a process's partitions to others, unless told. */
export const KAFKA_SESSION_MS = 10_000;

/**
 * A dead instance is known to be gone at most a term and two looks (a sixth of it each) after its
 * end; its partitions go to others once its session has ended, which is reckoned from its last
 * heartbeat, up to a tenth of the session before. Gone has to be known first: what it left
 * unpublished is older than what others make of its partitions.
 */
const TERM_OF_SESSION_MAX = 2 / 3;

interface SharingConfig {
  readonly sharing: { readonly enabled: boolean; readonly termMs: number };
  readonly eventLog: { readonly url: string };
}

/** @returns why the term of leases cannot be kept beside the log's session; undefined if it can */
export function termProblem({ sharing, eventLog }: SharingConfig): string | undefined {
  if (!sharing.enabled || !/^kafkas?:/i.test(eventLog.url)) return undefined;
  const [, query] = eventLog.url.split('?');
  const sessionMs = Number(new URLSearchParams(query).get('sessionMs') ?? KAFKA_SESSION_MS);
  const mostMs = Math.floor(sessionMs * TERM_OF_SESSION_MAX);
  // A session that is no number is the log's to refuse.
  if (!(sharing.termMs > mostMs)) return undefined;
  const neededMs = Math.ceil(sharing.termMs / TERM_OF_SESSION_MAX);
  return (
    `orders of an instance that died would move (after ${sessionMs} ms, the session of ` +
    `eventLog.url) before it is known to be gone: choose at most ${mostMs}, or ` +
    `&sessionMs=${neededMs} in eventLog.url`
  );
}
