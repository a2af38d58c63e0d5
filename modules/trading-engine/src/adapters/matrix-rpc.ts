import type { ENGINE_SERVICE, WireMessages } from '@ats/contracts';
import { AtsError } from '@ats/domain';
import type { RpcHandlers } from '@ats/runtime';
import type { Operations } from '../app/operations.ts';
import type { SpreadCell } from '../domain/strategy.ts';

type Handlers = RpcHandlers<NonNullable<(typeof ENGINE_SERVICE)['shape']>>;
type Cell = WireMessages['ats.opportunity.v1.SpreadCell'];

const INTERVAL_MS = 250;
const INTERVAL_MS_MIN = 50;
const INTERVAL_MS_MAX = 60_000;

/** The edge of every pair of markets, for people to look at. */
export function matrixHandlers(
  operations: Operations,
): Pick<Handlers, 'GetSpreadMatrix' | 'StreamSpreadMatrix'> {
  const { engine, clock, timers } = operations;
  const notional = operations.notionalMax.toString();
  const cellsNow = (): Cell[] => {
    const nowUs = clock.nowUs();
    return engine.spreadMatrix().map((cell) => cellToWire(cell, nowUs));
  };
  return {
    GetSpreadMatrix: () => ({ cells: cellsNow(), notional }),
    StreamSpreadMatrix({ intervalMs }, stream) {
      const paceMs = intervalMs || INTERVAL_MS;
      if (paceMs < INTERVAL_MS_MIN || paceMs > INTERVAL_MS_MAX) throw outOfRange(intervalMs);
      const sent = new Map<string, string>();
      const tell = (): void => {
        const cells = cellsNow().filter((cell) => {
          const { buyVenue, buyInstrument, sellVenue, sellInstrument } = cell;
          const key = `${buyVenue} ${buyInstrument} ${sellVenue} ${sellInstrument}`;
          const now = JSON.stringify(cell);
          if (sent.get(key) === now) return false;
          sent.set(key, now);
          return true;
        });
        if (cells.length > 0) stream.send({ cells, notional });
      };
      tell();
      const timer = timers.every(paceMs, () => {
        if (stream.writable) tell();
      });
      return () => timer.cancel();
    },
  };
}

/** Numbers that are not there have a flag: JSON and people know no NaN. */
function cellToWire(cell: SpreadCell, nowUs: number): Cell {
  const { base, netBps, sizedNetBps, ageUs, stale } = cell;
  const priced = Number.isFinite(netBps);
  const sized = Number.isFinite(sizedNetBps);
  return {
    base,
    buyVenue: cell.buy,
    buyInstrument: cell.buyInstrument,
    sellVenue: cell.sell,
    sellInstrument: cell.sellInstrument,
    priced,
    netBps: priced ? netBps : 0,
    sized,
    sizedNetBps: sized ? sizedNetBps : 0,
    bookAtUs: Number.isFinite(ageUs) && ageUs <= nowUs ? nowUs - ageUs : 0,
    stale,
  };
}

function outOfRange(intervalMs: number): AtsError {
  const expected = `0, or ${INTERVAL_MS_MIN} to ${INTERVAL_MS_MAX}`;
  return new AtsError({
    code: 'REQUEST_INVALID',
    message: `interval_ms is ${intervalMs}: expected ${expected}`,
    remedy: 'Correct the field.',
    context: { field: 'interval_ms', value: intervalMs },
  });
}
