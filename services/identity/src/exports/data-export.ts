import {
  dataExportExpired,
  dataExportOverdue,
  dataExportReady,
  dataExportRequested,
  erasureReceipts,
} from '@lyceum/contracts';
import { type Change, type Timer, changed, unchanged } from '@lyceum/kernel';
import { refusals } from '../refusals.js';

/** A service has sent everything: the parts of one run, counted from 0. */
export interface Answered {
  readonly service: string;
  readonly run: string;
  readonly parts: number;
}

export interface DataExport {
  readonly exportId: string;
  readonly requestedAt: Date;
  /** `ready` when all have answered, or when it was waited for long enough. */
  readonly status: 'collecting' | 'ready' | 'expired';
  readonly readyAt?: Date | undefined;
  readonly expiresAt: Date;
  readonly answered: readonly Answered[];
  /** How often those that had not answered were asked again. */
  readonly asked: number;
  /** What its parts are encrypted with, itself encrypted; gone when it has expired. */
  readonly key?: string | undefined;
}

/** The exports of one person, the latest last; its id is the account's. */
export interface DataExports {
  readonly id: string;
  readonly exports: readonly DataExport[];
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
export const KEPT_FOR = 7 * DAY;
const DAILY = 3;
const REMEMBERED = 10;
/** When those that have not answered are asked again, after the request; after the last the export is ready without them. */
const PATIENCE = [5 * MINUTE, HOUR, 6 * HOUR, DAY];

/** Whoever keeps anything sends a part. */
export const contributors: readonly string[] = erasureReceipts.map(({ service }) => service);

export const missing = ({ answered }: DataExport): string[] =>
  contributors.filter((service) => !answered.some((each) => each.service === service));

/** Throws `identity.export-under-way` and `identity.too-many-exports`. */
export function request(
  current: DataExports | undefined,
  { id, exportId, key }: { readonly id: string; readonly exportId: string; readonly key: string },
  now: Date,
): Change<DataExports> {
  const exports = current?.exports ?? [];
  if (exports.some(({ status }) => status === 'collecting')) throw refusals.exportUnderWay();
  const today = exports.filter(({ requestedAt }) => now.getTime() - requestedAt.getTime() < DAY);
  if (today.length >= DAILY) throw refusals.tooManyExports();
  const fresh: DataExport = {
    exportId,
    key,
    requestedAt: now,
    status: 'collecting',
    answered: [],
    asked: 0,
    expiresAt: new Date(now.getTime() + KEPT_FOR),
  };
  const told = dataExportRequested({ exportId, userId: id, requestedAt: now.toISOString() });
  const set = [overdueTimer(id, fresh), expiryTimer(id, fresh)];
  return changed({ id, exports: [...exports.slice(-REMEMBERED), fresh] }, [told], { set });
}

/** A service has sent everything. A second run of it changes nothing; whoever answers late is still taken in. */
export function answer(
  current: DataExports | undefined,
  exportId: string,
  answered: Answered,
  now: Date,
): Change<DataExports> {
  const [all, one] = theOne(current, exportId);
  if (one.status === 'expired' || one.answered.some(({ service }) => service === answered.service))
    return unchanged(all);
  const next = { ...one, answered: [...one.answered, answered] };
  return one.status === 'collecting' && missing(next).length === 0 ? finish(all, next, now) : changed(put(all, next));
}

/** Time to ask again those that have not answered; at last it is ready without them. */
export function overdue(current: DataExports | undefined, exportId: string, now: Date): Change<DataExports> {
  const [all, one] = theOne(current, exportId);
  if (one.status !== 'collecting') return unchanged(all);
  const next = { ...one, asked: one.asked + 1 };
  if (next.asked >= PATIENCE.length) return finish(all, next, now);
  return changed(put(all, next), [], { set: [overdueTimer(all.id, next)] });
}

/** Its key goes, so that its parts can never be read again, wherever a copy of them lies. */
export function expire(current: DataExports | undefined, exportId: string): Change<DataExports> {
  const [all, one] = theOne(current, exportId);
  if (one.status === 'expired') return unchanged(all);
  const { key: _, ...rest } = one;
  return changed(put(all, { ...rest, status: 'expired' }), [], { cancel: [overdueKey(exportId)] });
}

/** Those parts that are wanted: of an export that goes on, and of a service that has not answered. */
export const isWanted = ({ status, answered }: DataExport, service: string): boolean =>
  status !== 'expired' && !answered.some((each) => each.service === service);

export const exportIn = (current: DataExports | undefined, exportId: string): DataExport | undefined =>
  current?.exports.find((each) => each.exportId === exportId);

function theOne(current: DataExports | undefined, exportId: string): [DataExports, DataExport] {
  const one = exportIn(current, exportId);
  if (!current || !one) throw refusals.exportNotFound();
  return [current, one];
}

const put = ({ id, exports }: DataExports, one: DataExport): DataExports => ({
  id,
  exports: exports.map((each) => (each.exportId === one.exportId ? one : each)),
});

function finish(all: DataExports, one: DataExport, now: Date): Change<DataExports> {
  const { exportId, expiresAt } = one;
  const told = dataExportReady({
    userId: all.id,
    exportId,
    missing: missing(one),
    readyAt: now.toISOString(),
    expiresAt: expiresAt.toISOString(),
  });
  return changed(put(all, { ...one, status: 'ready', readyAt: now }), [told], { cancel: [overdueKey(exportId)] });
}

const overdueKey = (exportId: string): string => `overdue:${exportId}`;

function overdueTimer(userId: string, { exportId, requestedAt, asked }: DataExport): Timer {
  const at = new Date(requestedAt.getTime() + (PATIENCE[asked] ?? DAY));
  return { key: overdueKey(exportId), at, event: dataExportOverdue({ userId, exportId }) };
}

const expiryTimer = (userId: string, { exportId, expiresAt: at }: DataExport): Timer => ({
  key: `expiry:${exportId}`,
  at,
  event: dataExportExpired({ userId, exportId }),
});
