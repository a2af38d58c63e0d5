import { needEngine } from './catalogue.ts';
import {
  type KeptPlace,
  type ServerCommand,
  type ServerProcess,
  startServerProcess,
} from './server-process.ts';

export interface HttpServerProcess extends ServerProcess {
  /** `http://127.0.0.1:port`. */
  readonly url: string;
}

async function answers(url: string): Promise<boolean> {
  return (await fetch(url)).ok;
}

/** Starts a private VictoriaMetrics: it takes InfluxDB 2 writes and shows them as metrics. */
export async function startVictoriaMetrics(kept?: KeptPlace): Promise<HttpServerProcess> {
  const executable = needEngine('victoria-metrics');
  const command: ServerCommand = {
    executable,
    arguments: ({ port, folder }) => [
      `-storageDataPath=${folder}/data`,
      `-httpListenAddr=127.0.0.1:${port}`,
      '-retentionPeriod=100y',
      '-search.latencyOffset=0s',
      '-search.disableCache=true',
    ],
    ready: ({ host, port }) => answers(`http://${host}:${port}/health`),
  };
  const server = await startServerProcess('victoria-metrics', command, kept);
  return Object.assign(server, { url: `http://${server.host}:${server.port}` });
}
