import { X509Certificate } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { accessConfigSchema } from '@ats/access';
import { parseConfig, systemClock } from '@ats/runtime';
import { dashboardConfigSchema } from '@ats/ui-dashboard';
import type { Configuration } from '../app/configuration.ts';
import { type Check, type Finding, ok, problem, warning } from './findings.ts';

const DAY_MS = 86_400_000;
/** Time that somebody needs to have a certificate renewed. */
const RENEW_DAYS = 14;

/** What seals the vault and encrypted settings: there, and not lost. */
export function masterKeyCheck({ loaded, shared }: Configuration): Check {
  const name = 'master key';
  return {
    name,
    run() {
      const { access, security } = parseConfig(loaded, accessConfigSchema);
      if (access.masterKey !== undefined) return [ok(name, 'configured as access.masterKey')];
      if (access.passphrase !== undefined) return [ok(name, 'from access.passphrase')];
      const file = `${security.folder}/master-key`;
      if (!existsSync(file)) {
        if (!holdsDocuments(`${security.folder}/vault`)) {
          return [ok(name, `the first start makes one in ${file}`)];
        }
        const remedy = 'Put the file back, or configure the key that sealed the vault.';
        return [problem(name, `${file} is gone, and the vault is sealed by it`, remedy)];
      }
      if (shared.mode !== 'live') return [ok(name, `kept in ${file}`)];
      const remedy = 'Give it as ATS_ACCESS__MASTER_KEY from a secret store, and keep a copy.';
      return [warning(name, `${file} lies beside the vault that it opens`, remedy)];
    },
  };
}

const holdsDocuments = (folder: string): boolean =>
  existsSync(folder) && readdirSync(folder).some((name) => name.endsWith('.sealed'));

/** Certificates in files: read, and good for a while yet. */
export function certificateChecks({ loaded, shared }: Configuration): readonly Check[] {
  const { security } = shared;
  const { dashboard } = parseConfig(loaded, dashboardConfigSchema);
  const local = `${security.folder}/authority.pem`;
  const files: [string, string][] = [
    ...(security.tls === undefined
      ? []
      : ([
          ['security.tls.authorityFile', security.tls.authorityFile],
          ['security.tls.certificateFile', security.tls.certificateFile],
        ] as [string, string][])),
    ...(dashboard.tls === undefined
      ? []
      : ([['dashboard.tls.certificateFile', dashboard.tls.certificateFile]] as [string, string][])),
  ];
  if (security.tls === undefined && existsSync(local)) files.push(['security.folder', local]);
  if (files.length === 0) {
    const detail = 'the first start makes an authority; services get certificates of it';
    return [{ name: 'certificates', run: () => [ok('certificates', detail)] }];
  }
  return files.map(([field, path]) => ({
    name: 'certificates',
    run: () => [certificateFinding(field, path)],
  }));
}

function certificateFinding(field: string, path: string): Finding {
  const name = 'certificates';
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(readFileSync(path));
  } catch {
    return problem(name, `${field}: ${path} is no certificate`, 'Name a readable PEM file.');
  }
  const endsMs = certificate.validToDate.getTime();
  const days = Math.floor((endsMs - systemClock.nowUs() / 1000) / DAY_MS);
  const until = certificate.validToDate.toISOString().slice(0, 10);
  const detail = `${field}: ${path} is good until ${until}, ${days} days`;
  const remedy = 'Have it renewed; processes read the new file without a restart.';
  if (days < 0) return problem(name, `${field}: ${path} ended on ${until}`, remedy);
  return days < RENEW_DAYS ? warning(name, detail, remedy) : ok(name, detail);
}
