import { DYNAMODB_MAIN, needEngine } from './catalogue.ts';
import {
  type KeptPlace,
  type ServerCommand,
  type ServerProcess,
  startServerProcess,
} from './server-process.ts';

export interface DynamoDbServer extends ServerProcess {
  /** `dynamodb+http://127.0.0.1:port`. */
  readonly url: string;
}

/** Its own command line binds every interface; this starts it on the loopback one only. */
function script({ port, folder }: { readonly port: number; readonly folder: string }): string {
  const options = ['-port', String(port), '-dbPath', folder, '-sharedDb', '-disableTelemetry'];
  return [
    `var proxy = Packages.${DYNAMODB_MAIN}.createServerFromCommandLineArgs(`,
    `${JSON.stringify(options)});`,
    'var field = proxy.getClass().getDeclaredField("server");',
    'field.setAccessible(true);',
    'field.get(proxy).getConnectors()[0].setHost("127.0.0.1");',
    'proxy.start();',
  ].join('\n');
}

/** Starts a private DynamoDB Local that keeps its tables in its folder. */
export async function startDynamoDb(kept?: KeptPlace): Promise<DynamoDbServer> {
  const executable = needEngine('dynamodb');
  const command: ServerCommand = {
    executable,
    startTimeoutMs: 60_000,
    arguments: (place) => ['org.mozilla.javascript.tools.shell.Main', '-e', script(place)],
  };
  const server = await startServerProcess('dynamodb', command, kept);
  return Object.assign(server, { url: `dynamodb+http://${server.host}:${server.port}` });
}
