import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

type ErrorClass = new (...parts: never[]) => Error;

/** ccxt's error classes, by which answers are told apart. */
export type CcxtErrors = Readonly<Record<string, ErrorClass>>;

const require = createRequire(import.meta.url);
const FOLDER = join(dirname(require.resolve('ccxt')), '..', 'js', 'src');
const EXCHANGE_NAME = /^[a-z0-9]+$/;

const fileOf = (...path: readonly string[]): string => join(FOLDER, ...path);

/** One file of ccxt: the whole of it takes a second and 77 MB to load. */
const load = (file: string): Promise<Record<string, unknown>> =>
  import(pathToFileURL(file).href) as Promise<Record<string, unknown>>;

export async function ccxtErrors(): Promise<CcxtErrors> {
  return (await load(fileOf('base', 'errors.js'))) as CcxtErrors;
}

/**
 * @param exchange ccxt's id of the exchange, such as `okx`
 * @param options `streaming` asks for the class that streams; `preferred` takes the other one where
 *   there is none
 * @returns its class; undefined when ccxt has none
 */
export async function ccxtClass<Exchange>(
  exchange: string,
  options: { readonly streaming: 'required' | 'preferred' },
): Promise<(new (settings: object) => Exchange) | undefined> {
  if (!EXCHANGE_NAME.test(exchange)) return undefined;
  const file = `${exchange}.js`;
  const files = [fileOf('pro', file)];
  if (options.streaming === 'preferred') files.push(fileOf(file));
  const found = files.find((one) => existsSync(one));
  if (found === undefined) return undefined;
  return (await load(found))['default'] as new (
    settings: object,
  ) => Exchange;
}
