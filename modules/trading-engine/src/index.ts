export {
  type CrossedSummary,
  type ReplayTapesOptions,
  replayTapes,
  type TapeSummary,
} from './app/replay-tapes.ts';
