import { DYNAMODB_MAIN, findEngine } from './catalogue.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';
import { ENGINE_REMEDY } from './suite.ts';

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
export async function startDynamoDb(): Promise<DynamoDbServer> {
  const executable = findEngine('dynamodb');
  if (executable === undefined) throw new Error(`no DynamoDB Local found. ${ENGINE_REMEDY}`);
  const server = await startServerProcess('dynamodb', {
    executable,
    startTimeoutMs: 60_000,
    arguments: (place) => ['org.mozilla.javascript.tools.shell.Main', '-e', script(place)],
  });
  return Object.assign(server, { url: `dynamodb+http://${server.host}:${server.port}` });
}
