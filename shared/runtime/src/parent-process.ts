import { fstatSync } from 'node:fs';
import { AtsError } from '@ats/domain';
import type { LoadedConfig } from './config/load.ts';

/**
 * The whole merged configuration as a parent process tells it: JSON, or `-` for one line of
 * standard input, which nobody else on the machine can read. @throws CONFIG_UNREADABLE
 */
export async function configFromParent(json: string): Promise<LoadedConfig> {
  const text = json === '-' ? await firstLineOfStdin() : json;
  try {
    const values = JSON.parse(text);
    return { values, layers: [{ source: '--config-json', values }] };
  } catch (cause) {
    throw new AtsError({
      code: 'CONFIG_UNREADABLE',
      message: '--config-json is not JSON',
      remedy: 'Give the merged configuration as one line of JSON.',
      context: { field: '--config-json', value: json === '-' ? '***' : text.slice(0, 80) },
      cause,
    });
  }
}

async function firstLineOfStdin(): Promise<string> {
  let text = '';
  process.stdin.setEncoding('utf8');
  for await (const chunk of process.stdin.iterator({ destroyOnReturn: false })) {
    text += chunk;
    const end = text.indexOf('\n');
    if (end >= 0) return text.slice(0, end);
  }
  return text;
}

/** Whether standard input comes from another process. */
export function hasParentPipe(): boolean {
  const stdin = fstatSync(0);
  return stdin.isFIFO() || stdin.isSocket();
}

/**
 * Calls `stop` on SIGTERM and on SIGINT. With a parent SIGINT is its to handle, for a terminal
 * sends Ctrl-C to both and the parent decides who goes first; but its pipe that closes means that
 * the parent is gone.
 */
export function onStopSignal(stop: () => void, options: { readonly parent: boolean }): void {
  const { parent } = options;
  process.once('SIGTERM', stop);
  if (!parent) {
    process.once('SIGINT', stop);
    return;
  }
  process.on('SIGINT', () => undefined);
  // What it still logs nobody reads: that keeps it from nothing.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  process.stdin.once('end', stop).once('close', stop).once('error', stop).resume();
}
