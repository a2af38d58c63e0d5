import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { AtsError } from '@ats/domain';
import { type Channel, type ChannelFactory, channelFailed } from '../../app/channel.ts';
import type { FileConfig } from '../../config.ts';

type OwnChannel = Awaited<ReturnType<ChannelFactory['open']>>;

/**
 * Opens a user's channel: a module whose export `channel` is a `ChannelFactory`. Paths are taken
 * from the working directory. TypeScript runs as it is, with erasable syntax only.
 *
 * @throws ADAPTER_INVALID naming the setting, the file and what is wrong with it
 */
export async function openUserChannel(
  { path, settings, secret }: FileConfig,
  { name, timeoutMs }: { readonly name: string; readonly timeoutMs: number },
): Promise<Channel> {
  const invalid = (problem: string, cause?: unknown) =>
    channelInvalid({ name, path, problem, cause });
  const factory = await load(path).catch((cause: unknown) => {
    throw invalid(`cannot be loaded: ${wordsOf(cause)}`, cause);
  });
  if (!hasMethods<ChannelFactory>(factory, ['open'])) {
    throw invalid('exports no channel with open()');
  }
  const options = { settings, secret, timeoutMs };
  const own = await Promise.resolve(options)
    .then((given) => factory.open(given))
    .catch((cause: unknown) => {
      throw invalid(`does not open: ${wordsOf(cause)}`, cause);
    });
  if (!hasMethods<OwnChannel>(own, ['send', 'close'])) {
    throw invalid('opens what has no send() and close()');
  }
  return {
    kind: 'file',
    async send(briefing, to) {
      try {
        await inTime(own.send(briefing, to), timeoutMs);
      } catch (error) {
        if (error instanceof AtsError) throw error;
        throw channelFailed({ what: `${path}: ${wordsOf(error)}`, retry: 'safe', cause: error });
      }
    },
    close: async () => own.close(),
  };
}

async function load(path: string): Promise<unknown> {
  const loaded = (await import(pathToFileURL(resolve(path)).href)) as {
    readonly channel?: unknown;
  };
  return loaded.channel;
}

function hasMethods<Shape>(
  value: unknown,
  names: readonly (keyof Shape & string)[],
): value is Shape {
  if (typeof value !== 'object' || value === null) return false;
  return names.every((name) => typeof (value as Record<string, unknown>)[name] === 'function');
}

/** Nobody waits longer for a user's code than for the other channels. */
async function inTime(sent: Promise<void>, timeoutMs: number): Promise<void> {
  const late = AbortSignal.timeout(timeoutMs);
  await Promise.race([
    sent,
    new Promise<never>((_, fail) => {
      late.addEventListener('abort', () => fail(new Error(`no answer within ${timeoutMs} ms`)));
    }),
  ]);
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : `${error}`);

function channelInvalid(said: {
  readonly name: string;
  readonly path: string;
  readonly problem: string;
  readonly cause: unknown;
}): AtsError {
  const { name, path, problem, cause } = said;
  return new AtsError({
    code: 'ADAPTER_INVALID',
    message: `notification.channels.${name}: ${path} ${problem}`,
    remedy: 'Write it as docs/tutorials/own-notification-channel.md describes.',
    context: { field: `notification.channels.${name}.path`, value: path },
    cause,
  });
}
