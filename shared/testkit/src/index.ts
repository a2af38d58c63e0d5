export {
  type ManualClock,
  type ManualTimers,
  manualClock,
  manualTimers,
  settle,
} from './manual-time.ts';
export { type MemoryMetrics, memoryMetrics } from './memory-metrics.ts';
export {
  type LogLine,
  type SilentLogger,
  silentLogger,
} from './silent-logger.ts';
export { type UntilOptions, until } from './until.ts';
