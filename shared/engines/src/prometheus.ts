import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '@ats/runtime';
import { ENGINE_REMEDY, findEngine } from './catalogue.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';

interface MonitoringServer extends ServerProcess {
  /** `http://127.0.0.1:port`. */
  readonly url: string;
}

const isReady = async ({ host, port }: { host: string; port: number }): Promise<boolean> =>
  (await fetch(`http://${host}:${port}/-/ready`)).ok;

async function start(
  engine: 'prometheus' | 'alertmanager',
  config: string,
  flagsOf: (place: { readonly port: number; readonly folder: string }) => readonly string[],
): Promise<MonitoringServer> {
  const executable = findEngine(engine);
  if (executable === undefined) throw new Error(`no ${engine} found. ${ENGINE_REMEDY}`);
  const server = await startServerProcess(engine, {
    executable,
    arguments: ({ port, folder }) => [
      `--config.file=${folder}/config.yml`,
      `--web.listen-address=127.0.0.1:${port}`,
      `--storage.${engine === 'prometheus' ? 'tsdb.path' : 'path'}=${folder}/data`,
      ...flagsOf({ port, folder }),
    ],
    prepare: ({ folder }) => writeFile(join(folder, 'config.yml'), config),
    ready: isReady,
  });
  return Object.assign(server, { url: `http://${server.host}:${server.port}` });
}

/** Starts a private Prometheus. @param config what `prometheus.yml` says */
export function startPrometheus(config: string): Promise<MonitoringServer> {
  return start('prometheus', config, () => ['--enable-feature=exemplar-storage']);
}

/** Starts a private Alertmanager, alone. @param config what `alertmanager.yml` says */
export async function startAlertmanager(config: string): Promise<MonitoringServer> {
  const cluster = await freePort();
  return start('alertmanager', config, () => [`--cluster.listen-address=127.0.0.1:${cluster}`]);
}
