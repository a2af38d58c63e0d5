import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Metrics, Timers } from '@ats/runtime';

/** What every port can say of itself. */
interface Ailing {
  health(): { readonly ok: boolean };
}

/** How often the disk is looked at. */
const DISK_MS = 5000;

/** Tells whether the ports work, by name; one that nobody has asked for is not told of. */
export function tellHealth(metrics: Metrics): (port: string, opened: Ailing) => void {
  const ok = metrics.gauge({
    name: 'ats_storage_ok_ratio',
    help: 'Whether a port works: 1 or 0.',
    labels: ['port'],
  });
  const ports = new Map<string, Ailing>();
  metrics.beforeCollect(() => {
    for (const [port, opened] of ports) ok.set({ port }, opened.health().ok ? 1 : 0);
  });
  return (port, opened) => void ports.set(port, opened);
}

/** Tells how much room there is where ports keep files. @returns what ends that */
export function tellDisks(
  folders: ReadonlyMap<string, string>,
  { metrics, timers }: { readonly metrics: Metrics; readonly timers: Timers },
): () => void {
  const labels = ['port'] as const;
  const free = metrics.gauge({
    name: 'ats_storage_disk_available_bytes',
    help: 'Room on the disk that a port keeps its files on.',
    labels,
  });
  const size = metrics.gauge({
    name: 'ats_storage_disk_size_bytes',
    help: 'Size of that disk.',
    labels,
  });
  const look = async (): Promise<void> => {
    for (const [port, folder] of folders) {
      const found = await spaceOf(folder);
      if (found === undefined) continue;
      free.set({ port }, found.bavail * found.bsize);
      size.set({ port }, found.blocks * found.bsize);
    }
  };
  if (folders.size === 0) return () => undefined;
  void look();
  const timer = timers.every(DISK_MS, () => void look());
  return () => timer.cancel();
}

/** The folder may not have been made yet: then of what it will be made in. */
async function spaceOf(folder: string) {
  for (let at = folder; ; at = dirname(at)) {
    const found = await statfs(at).catch(() => undefined);
    if (found !== undefined || at === dirname(at)) return found;
  }
}
