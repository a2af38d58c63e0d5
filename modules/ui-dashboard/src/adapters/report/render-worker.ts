import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { AtsError } from '@ats/domain';
import type { ToWorker, WorkerJob } from '../../app/reports.ts';
import { ReportBuilder } from '../../domain/report.ts';
import { reportCsv } from './csv.ts';
import { reportPdf } from './pdf.ts';
import type { WorkerAnswer } from './report-worker.ts';

/** The thread of one report: it takes parts as they are read, draws, answers and ends. */
const LOWEST = 19;

// Of this thread alone on Linux: trading does not wait for a drawing.
setPriority(LOWEST);

const job = workerData as WorkerJob;
const builder = new ReportBuilder(job);

async function fileOf({ booksNow }: Extract<ToWorker, { kind: 'draw' }>): Promise<Uint8Array> {
  const { format, table, facts } = job;
  const report = builder.build(booksNow, facts.madeAtUs);
  return format === 'pdf' ? reportPdf(report, facts) : Buffer.from(reportCsv(report, table));
}

parentPort?.on('message', async (message: ToWorker) => {
  if (message.kind === 'trades') return builder.addTrades(message.rows);
  if (message.kind === 'entries') return builder.addEntries(message.rows);
  let answer: WorkerAnswer;
  try {
    answer = { kind: 'file', bytes: await fileOf(message) };
  } catch (problem) {
    const text = problem instanceof Error ? problem.message : String(problem);
    answer = { kind: 'failed', text: problem instanceof AtsError ? problem.code : text };
  }
  parentPort?.postMessage(answer);
  parentPort?.close();
});
