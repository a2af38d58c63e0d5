import { Presets, SingleBar } from 'cli-progress';
import { count } from './format.ts';

/** Shows how far a reading of rows has come, on a terminal only. */
export interface RowProgress {
  update(rows: number, expected: number | undefined): void;
  stop(): void;
}

const SILENT: RowProgress = { update: () => undefined, stop: () => undefined };

export function rowProgress(name: string): RowProgress {
  if (!process.stderr.isTTY) return SILENT;
  const bar = new SingleBar(
    {
      stream: process.stderr,
      format: (_options, { progress, value }, { expected }: { expected?: number }) => {
        const rows = `${count(value)} rows`;
        if (expected === undefined) return `${name}  ${rows}`;
        const cells = Math.round(progress * 30);
        const drawn = '█'.repeat(cells) + '░'.repeat(30 - cells);
        return `${name}  ${drawn} ${Math.floor(progress * 100)}%  ${rows}`;
      },
      fps: 10,
      hideCursor: true,
      clearOnComplete: true,
    },
    Presets.shades_classic,
  );
  let running = false;
  return {
    update(rows, expected) {
      if (!running) {
        running = true;
        bar.start(Math.max(expected ?? rows, rows), rows, { expected });
      }
      if (expected === undefined) bar.setTotal(rows);
      bar.update(rows);
    },
    stop() {
      if (running) bar.stop();
    },
  };
}
