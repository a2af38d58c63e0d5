import { probeEngine, shownUrl } from '@ats/storage';
import type { Configuration } from '../app/configuration.ts';
import { type Check, failed, ok, warning } from './findings.ts';

const PROBE_MS = 5000;

/** Every engine that a storage URL names: reached, of which version, fit for its part. */
export function engineChecks({ shared }: Configuration): readonly Check[] {
  const urls = {
    'bus.url': shared.bus.url,
    'eventLog.url': shared.eventLog.url,
    'stateStore.url': shared.stateStore.url,
    'tickStore.url': shared.tickStore.url,
    'archive.url': shared.archive.url,
  };
  return Object.entries(urls).map(([field, url]) => ({
    name: field,
    async run() {
      const other = `choose another with --set ${field}=...`;
      const remedy = `Start it and see that it can be reached, or ${other}`;
      try {
        const report = await probeEngine(url, { timeoutMs: PROBE_MS });
        if (report === undefined) return [];
        const { where, engine, warnings } = report;
        const found = ok(field, `${engine} at ${where}`);
        return [found, ...warnings.map((one) => warning(field, one, WARNED))];
      } catch (thrown) {
        const finding = failed(field, thrown, remedy);
        return [{ ...finding, detail: `${shownUrl(url)}: ${finding.detail}` }];
      }
    },
  }));
}

const WARNED = 'docs/configuration.md says how the URL is written.';
