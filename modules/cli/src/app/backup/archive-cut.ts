import { filesBelow } from './files.ts';

/** The segment of a link, and the link of a segment: both name where they begin. */
const LINK = /^links\/topic=([^/]+)\/p=(\d+)\/from=0*(\d+)\./;
const SEGMENT = /^events\/dt=[^/]+\/topic=([^/]+)\/p=(\d+)\/offset=(\d+)-/;

const placeOf = (path: string, name: RegExp): string | undefined =>
  name.exec(path)?.slice(1).join(' ');

/**
 * Objects of an archive that is being written to, as they may be after a crash: no head of a
 * segment that is left out, no link of one. Nothing of an object changes once it is there.
 */
export async function archiveCut(folder: string): Promise<readonly string[]> {
  // A head is written after its segments, and a segment after its link.
  const below = async (name: string): Promise<readonly string[]> =>
    (await filesBelow(folder, name)).filter((path) => !/(^|\/)\./.test(path));
  const heads = await below('heads');
  const segments = await below('events');
  const begun = new Set(segments.map((path) => placeOf(path, SEGMENT)));
  const links = (await below('links')).filter((path) => begun.has(placeOf(path, LINK)));
  return [...heads, ...segments, ...links];
}
