export { type Fields, Log, type LogOptions, createLog } from './log.js';
export { Metrics } from './metrics.js';
export { redactText, redactValue } from './redact.js';
export {
  type Trace,
  currentTrace,
  inTrace,
  isNamedByTracing,
  newTraceparent,
  parseTraceparent,
  traceIdOf,
} from './trace.js';
export { endTracing } from './tracing-end.js';
