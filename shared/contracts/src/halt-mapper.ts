import type { HaltMode } from '@ats/domain';
import type { WireHaltMode } from './generated/ats/risk/v1/HaltMode.ts';
import { enumPair } from './wire-fields.ts';

const MODES = enumPair<HaltMode | 'none', WireHaltMode>({
  none: 'HALT_MODE_UNSPECIFIED',
  reducing: 'HALT_MODE_REDUCING',
  halted: 'HALT_MODE_HALTED',
  flatten: 'HALT_MODE_FLATTEN',
});

/** @param mode undefined for no halt */
export const haltModeToWire = (mode: HaltMode | undefined): WireHaltMode =>
  MODES.toWire(mode ?? 'none');

/** @returns undefined for no halt. @throws MESSAGE_MALFORMED for a mode that is not known here */
export function haltModeFromWire(field: string, wire: WireHaltMode): HaltMode | undefined {
  const mode = MODES.fromWire(field, wire);
  return mode === 'none' ? undefined : mode;
}

/** What a status of risk says. A halt whose mode is not known here stops all that one can stop. */
export function haltModeOf(status: {
  readonly halted: boolean;
  readonly mode: WireHaltMode;
}): HaltMode | undefined {
  if (!status.halted) return undefined;
  try {
    return haltModeFromWire('mode', status.mode) ?? 'halted';
  } catch {
    return 'halted';
  }
}
