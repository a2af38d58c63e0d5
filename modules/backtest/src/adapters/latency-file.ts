import { readFileSync } from 'node:fs';
import { AtsError } from '@ats/domain';

const SAMPLES_MAX = 1_000_000;

/**
 * Measured latencies, milliseconds, one a line; blank lines and those that begin with # are left
 * out. @throws CONFIG_INVALID
 */
export function readLatencySamples(path: string): readonly number[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw invalid(path, 'cannot be read', cause);
  }
  const lines = text.split('\n').map((line) => line.trim());
  const samples = lines.flatMap((line, index) => {
    if (line === '' || line.startsWith('#')) return [];
    const value = Number(line);
    if (value >= 0 && Number.isFinite(value)) return [value];
    throw invalid(path, `line ${index + 1} "${line.slice(0, 40)}" is no number of milliseconds`);
  });
  if (samples.length === 0) throw invalid(path, 'holds no latencies');
  if (samples.length > SAMPLES_MAX) throw invalid(path, `holds more than ${SAMPLES_MAX} lines`);
  return samples;
}

function invalid(path: string, what: string, cause?: unknown): AtsError {
  return new AtsError({
    code: 'CONFIG_INVALID',
    message: `the latency file ${path} ${what}`,
    remedy: 'Give a text file of measured milliseconds, one a line, such as 12.5.',
    context: { field: 'backtest.latency', value: path },
    cause,
  });
}
