import winston from 'winston';
import { redact } from './redact.js';
import { currentTrace, traceIdOf } from './trace.js';

export type Fields = Readonly<Record<string, unknown>>;

/** A service's log: JSON lines with the service's name and trace id; secrets and personal data are redacted by field name. */
export class Log {
  private readonly debugs: boolean;

  constructor(private readonly logger: winston.Logger) {
    this.debugs = !logger.silent && logger.isDebugEnabled();
  }

  debug(message: string, fields?: Fields): void {
    // winston would stamp, redact and format the line before its transport throws it away
    if (this.debugs) this.logger.debug(message, fields);
  }
  info(message: string, fields?: Fields): void {
    this.logger.info(message, fields);
  }
  warn(message: string, fields?: Fields): void {
    this.logger.warn(message, fields);
  }
  /** `error` goes into the field `error` with its stack; expected refusals are not errors. */
  error(message: string, error: unknown, fields?: Fields): void {
    this.logger.error(message, { ...fields, error });
  }
  /** A log whose every line carries `fields` too. */
  child(fields: Fields): Log {
    return new Log(this.logger.child(fields));
  }
}

export interface LogOptions {
  service: string;
  level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** `json` for machines, `pretty` for a person at a terminal. */
  format: 'json' | 'pretty';
  /** Where lines go instead of standard output. */
  stream?: NodeJS.WritableStream;
}

const stamp = winston.format((info) => {
  const trace = currentTrace();
  if (trace) {
    info['traceId'] = traceIdOf(trace.traceparent);
    if (trace.requestId) info['requestId'] = trace.requestId;
  }
  return info;
});

const pretty = winston.format.printf(({ level, message, service, timestamp, traceId, ...rest }) => {
  const { error, ...fields } = rest;
  const extra = Object.keys(fields).length > 0 ? ` ${JSON.stringify(fields)}` : '';
  const stack = error === undefined ? '' : `\n${formatError(error)}`;
  const trace = typeof traceId === 'string' ? ` ${traceId.slice(0, 8)}` : '';
  return `${String(timestamp).slice(11, 23)} ${level.padEnd(5)} ${String(service).padEnd(10)}${trace} ${String(message)}${extra}${stack}`;
});

const formatError = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'stack' in error ? String(error.stack) : JSON.stringify(error);

/** Makes a service's log. Throws nothing later: a line that cannot be written is dropped. */
export function createLog({ service, level, format, stream }: LogOptions): Log {
  const { combine, timestamp, json } = winston.format;
  return new Log(
    winston.createLogger({
      level: level === 'silent' ? 'error' : level,
      silent: level === 'silent',
      defaultMeta: { service },
      format: combine(timestamp(), stamp(), redact(), format === 'json' ? json() : pretty),
      transports: [stream ? new winston.transports.Stream({ stream }) : new winston.transports.Console()],
    }),
  );
}
