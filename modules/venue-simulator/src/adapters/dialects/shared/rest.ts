import type { VenueAnswer } from '../../../app/dialect-server.ts';

type Headers = Readonly<Record<string, string>>;

/** @param body a value to serialise, or JSON text as it is. */
export function json(status: number, body: unknown, headers: Headers = {}): VenueAnswer {
  return { status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) };
}
