import { ENGINE_SERVICE, LEDGER_SERVICE, RISK_SERVICE } from '@ats/contracts';
import { AtsError } from '@ats/domain';
import type { CallOptions, Clock, RpcDirectory } from '@ats/runtime';
import type { ReportTable } from '../contract.ts';
import type { Period } from '../domain/period.ts';
import type { BooksNow, EntryRow, TradeRow } from '../domain/report-input.ts';
import type { PersonCall } from './logins.ts';
import { entryRowOf, tradeRowOf } from './report-rows.ts';

/** Reports that are made at once; more are asked to come back. */
const UNDER_WAY_MAX = 2;
/** Records that one report may be made of: some hundred thousand trades. */
const TRADES_MAX = 100_000;
const ENTRIES_MAX = 1_000_000;
const ENTRIES_PAGE = 200;

/** What stands on the document beside its figures. */
export interface ReportFacts {
  /** `sim`, `paper` or `live`. */
  readonly mode: string;
  readonly account: string;
  /** Who asked for it. */
  readonly madeFor: string;
  readonly madeAtUs: number;
}

export interface WorkerJob {
  readonly period: Period;
  readonly numeraire: string;
  readonly format: 'pdf' | 'csv';
  /** Of a CSV. */
  readonly table: ReportTable;
  readonly facts: ReportFacts;
}

export type ToWorker =
  | { readonly kind: 'trades'; readonly rows: readonly TradeRow[] }
  | { readonly kind: 'entries'; readonly rows: readonly EntryRow[] }
  | { readonly kind: 'draw'; readonly booksNow: BooksNow };

/** A thread that is fed with what is read, so that no large message is copied at once. */
export interface ReportWorker {
  add(part: Exclude<ToWorker, { kind: 'draw' }>): void;
  /** @throws RPC_INTERNAL when the thread fails or runs out of memory */
  draw(booksNow: BooksNow): Promise<Uint8Array>;
  close(): Promise<void>;
}

export interface ReportWish {
  readonly period: Period;
  readonly format: 'pdf' | 'csv';
  readonly table: ReportTable;
  /** Who it is made for, by name. */
  readonly madeFor: string;
}

export interface ReportsOptions {
  readonly rpc: RpcDirectory;
  readonly clock: Clock;
  readonly numeraire: string;
  readonly account: string;
  readonly mode: string;
  readonly deadlineMs: number;
  readonly startWorker: (job: WorkerJob) => ReportWorker;
}

/** Reads what services say of a period, as the person who asks, and has it drawn elsewhere. */
export class Reports {
  private readonly options: ReportsOptions;
  private underWay = 0;

  constructor(options: ReportsOptions) {
    this.options = options;
  }

  /** @throws what services throw; REQUEST_TOO_LARGE; REPORT_QUEUE_FULL where many are under way */
  async make(wish: ReportWish, person: Partial<PersonCall>): Promise<Uint8Array> {
    if (this.underWay >= UNDER_WAY_MAX) throw busy();
    this.underWay += 1;
    const { clock, account, mode, numeraire, startWorker, deadlineMs } = this.options;
    const { madeFor, ...rest } = wish;
    const facts = { mode, account, madeFor, madeAtUs: clock.nowUs() };
    const worker = startWorker({ ...rest, numeraire, facts });
    try {
      const asked = { ...person, deadlineMs };
      await this.readTrades(wish.period, worker, asked);
      await this.readEntries(wish.period, worker, asked);
      return await worker.draw(await this.booksNow(asked));
    } finally {
      this.underWay -= 1;
      await worker.close();
    }
  }

  private async readTrades({ fromUs, toUs }: Period, worker: ReportWorker, call: CallOptions) {
    const engine = this.options.rpc.client(ENGINE_SERVICE);
    let pageToken = '';
    let count = 0;
    do {
      const page = await engine.ListEndedTrades({ fromUs, toUs, pageToken }, call);
      count += page.trades.length;
      if (count > TRADES_MAX) throw tooLarge('trades', TRADES_MAX);
      if (page.trades.length > 0) worker.add({ kind: 'trades', rows: page.trades.map(tradeRowOf) });
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
  }

  private async readEntries({ fromUs, toUs }: Period, worker: ReportWorker, call: CallOptions) {
    const { rpc, account: accountId } = this.options;
    const ledger = rpc.client(LEDGER_SERVICE);
    const asked = { accountId, fromUs, toUs, pageSize: ENTRIES_PAGE };
    let pageToken = '';
    let count = 0;
    do {
      const page = await ledger.ListEntries({ ...asked, pageToken }, call);
      count += page.entries.length;
      if (count > ENTRIES_MAX) throw tooLarge('entries of the ledger', ENTRIES_MAX);
      if (page.entries.length > 0) {
        worker.add({ kind: 'entries', rows: page.entries.map(entryRowOf) });
      }
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
  }

  private async booksNow(call: CallOptions): Promise<BooksNow> {
    const { rpc } = this.options;
    const any = { accountId: '', venue: '', instrument: '', curvePointsMax: 0, curveWindow: '' };
    const [{ agrees }, { venues }] = await Promise.all([
      rpc.client(RISK_SERVICE).GetPnL({ ...any, groupBy: 'PROFIT_GROUPING_UNSPECIFIED' }, call),
      rpc.client(LEDGER_SERVICE).GetReconciliation({}, call),
    ]);
    return {
      agrees,
      venues: venues.map(({ venue, open, reason, comparedAtUs, differences }) => ({
        ...{ venue, open, reason, comparedAtUs, differences: differences.length },
      })),
    };
  }
}

const busy = (): AtsError =>
  new AtsError({
    code: 'REPORT_QUEUE_FULL',
    message: `${UNDER_WAY_MAX} reports are being made`,
    remedy: 'Ask again in a few seconds.',
    retry: 'safe',
  });

const tooLarge = (what: string, most: number): AtsError =>
  new AtsError({
    code: 'REQUEST_TOO_LARGE',
    message: `the period has more than ${most} ${what}`,
    remedy: 'Ask for a shorter period.',
    context: { field: 'from', value: '' },
  });
