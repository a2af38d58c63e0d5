import { findEngine } from './catalogue.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';
import { ENGINE_REMEDY } from './suite.ts';

export interface HttpServerProcess extends ServerProcess {
  /** `http://127.0.0.1:port`. */
  readonly url: string;
}

async function answers(url: string): Promise<boolean> {
  return (await fetch(url)).ok;
}

/** Starts a private VictoriaMetrics: it takes InfluxDB 2 writes and shows them as metrics. */
export async function startVictoriaMetrics(): Promise<HttpServerProcess> {
  const executable = findEngine('victoria-metrics');
  if (executable === undefined) throw new Error(`no VictoriaMetrics found. ${ENGINE_REMEDY}`);
  const server = await startServerProcess('victoria-metrics', {
    executable,
    arguments: ({ port, folder }) => [
      `-storageDataPath=${folder}/data`,
      `-httpListenAddr=127.0.0.1:${port}`,
      '-retentionPeriod=100y',
      '-search.latencyOffset=0s',
      '-search.disableCache=true',
    ],
    ready: ({ host, port }) => answers(`http://${host}:${port}/health`),
  });
  return Object.assign(server, { url: `http://${server.host}:${server.port}` });
}
