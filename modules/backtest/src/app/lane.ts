import type { LatencyUs } from '../domain/latency.ts';
import type { OwnedBatch } from './owned-batch.ts';

const ROWS = 1024;

/**
 * Rows of one venue between their reading and their delivery, in the order of the tape. Two places
 * move through it: `seen`, what the venue itself has gone through, and `head`, what has arrived.
 */
export class Lane {
  arrivalsUs = new Float64Array(ROWS);
  /** When each row was true at its venue. */
  venueUs = new Float64Array(ROWS);
  /** The place of each row among all that were read. */
  orders = new Float64Array(ROWS);
  rows = new Int32Array(ROWS);
  batches: (OwnedBatch | undefined)[] = new Array<OwnedBatch | undefined>(ROWS).fill(undefined);
  mask = ROWS - 1;
  /** In an outage nothing of it is heard. */
  muted = false;
  head = 0;
  seen = 0;
  tail = 0;
  private lastVenueUs = 0;
  private lastArrivalUs = 0;
  private readonly latencyUs: LatencyUs | undefined;
  private readonly horizonUs: number;

  /** @param options `latencyUs` absent: rows arrive when their tape says */
  constructor(options: { readonly latencyUs: LatencyUs | undefined; readonly horizonUs: number }) {
    this.latencyUs = options.latencyUs;
    this.horizonUs = options.horizonUs;
  }

  get isModelled(): boolean {
    return this.latencyUs !== undefined;
  }

  push(batch: OwnedBatch, row: number, order: number): void {
    if (this.tail - this.head > this.mask) this.grow();
    const receivedUs = batch.receivedAtUs[row] as number;
    const saidUs = batch.exchangeTimeUs[row] as number;
    // A venue's clock may be wrong: what it says counts within the horizon, and never runs back.
    let venueUs = saidUs > 0 && saidUs < receivedUs ? saidUs : receivedUs;
    if (venueUs < receivedUs - this.horizonUs) venueUs = receivedUs - this.horizonUs;
    if (venueUs < this.lastVenueUs) venueUs = this.lastVenueUs;
    let arrivalUs = this.latencyUs === undefined ? receivedUs : venueUs + this.latencyUs();
    if (arrivalUs < this.lastArrivalUs) arrivalUs = this.lastArrivalUs;
    this.lastVenueUs = venueUs;
    this.lastArrivalUs = arrivalUs;
    const at = this.tail & this.mask;
    this.tail += 1;
    this.arrivalsUs[at] = arrivalUs;
    this.venueUs[at] = venueUs;
    this.orders[at] = order;
    this.rows[at] = row;
    this.batches[at] = batch;
  }

  private grow(): void {
    const size = (this.mask + 1) * 2;
    const column = <Column extends Float64Array | Int32Array>(from: Column, to: Column): Column => {
      for (let at = this.head; at < this.tail; at += 1) {
        to[at & (size - 1)] = from[at & this.mask] as number;
      }
      return to;
    };
    this.arrivalsUs = column(this.arrivalsUs, new Float64Array(size));
    this.venueUs = column(this.venueUs, new Float64Array(size));
    this.orders = column(this.orders, new Float64Array(size));
    this.rows = column(this.rows, new Int32Array(size));
    const batches = new Array<OwnedBatch | undefined>(size).fill(undefined);
    for (let at = this.head; at < this.tail; at += 1) {
      batches[at & (size - 1)] = this.batches[at & this.mask];
    }
    this.batches = batches;
    this.mask = size - 1;
  }
}
