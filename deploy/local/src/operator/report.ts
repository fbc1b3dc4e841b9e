import { inspect } from 'node:util';
import type { Act, Letter, LetterInFull, Overview, Projection } from './desk.js';

/** Columns as wide as what stands in them. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const shortened = (text: string, longest: number): string => {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length <= longest ? line : `${line.slice(0, longest - 1)}…`;
};

/** A moment as it is read in a table: `2026-11-23 08:30:12`. */
export const moment = (iso: string): string => iso.slice(0, 19).replace('T', ' ');

export const plural = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

export function lettersReport(service: string, { total, items }: { total: number; items: readonly Letter[] }): string {
  if (items.length === 0)
    return total === 0
      ? `${service} has no dead letters.`
      : `None of the ${plural(total, 'dead letter')} of ${service} is meant.`;
  const rows = items.map(({ eventId, type, subject, attempts, lastFailedAt, error }) => [
    eventId,
    type,
    shortened(subject, 40),
    String(attempts),
    moment(lastFailedAt),
    shortened(error, 70),
  ]);
  const head = ['event', 'type', 'about', 'attempts', 'last failed (UTC)', 'error'];
  const more = total > items.length ? `\n${items.length} of ${total} are shown.` : '';
  return `${table(head, rows)}${more}`;
}

export function overviewReport({ services, silent }: Overview): string {
  const rows = services.map(({ service, deadLetters }) => [service, String(deadLetters)]);
  const away = silent.length > 0 ? `\nNo answer from: ${silent.join(', ')}` : '';
  return `${table(['service', 'dead letters'], rows)}${away}`;
}

export function letterReport(service: string, letter: LetterInFull): string {
  const { eventId, type, subject, attempts, firstFailedAt, lastFailedAt, error, stack, event } = letter;
  const facts = [
    ['event', eventId],
    ['type', type],
    ['about', subject],
    ['parked at', service],
    ['attempts', String(attempts)],
    ['first failed', `${moment(firstFailedAt)} UTC`],
    ['last failed', `${moment(lastFailedAt)} UTC`],
    ['error', error],
  ] as const;
  const lines = facts.map(([name, value]) => `${name.padEnd(13)} ${value}`);
  return [...lines, ...(stack ? ['', stack] : []), '', inspect(event, { depth: 8, breakLength: 100 })].join('\n');
}

export function projectionsReport(found: readonly { service: string; projections: readonly Projection[] }[]): string {
  const rows = found.flatMap(({ service, projections }) =>
    projections.map(({ name, rows: count, feeds, rebuild }) => [
      service,
      name,
      String(count),
      rebuild ? `${rebuild.status} ${moment(rebuild.finishedAt ?? rebuild.startedAt)}` : '–',
      feeds.join(', '),
    ]),
  );
  if (rows.length === 0) return 'There are no projections.';
  return table(['service', 'projection', 'rows', 'latest rebuild (UTC)', 'made from'], rows);
}

/** How far a rebuild is, in one line. */
export function progressLine({ rebuild }: Projection): string {
  if (!rebuild) return 'not begun';
  const { status, sources, failure } = rebuild;
  const told = sources.map(({ type, events, complete }) => `${type} ${events}${complete ? '' : ' …'}`).join(', ');
  const words = {
    announced: 'every instance is told of it',
    filling: `told so far: ${told}`,
    replacing: 'the new rows take the place of the old ones',
    done: `done: ${told}`,
    failed: `failed: ${failure ?? 'for an unknown reason'}; the old rows stay`,
  };
  return words[status];
}

export function actsReport(service: string, acts: readonly Act[]): string {
  if (acts.length === 0) return `No operator has done anything in ${service}.`;
  const rows = acts.map(({ at, operatorId, act, order, outcome, count, reason }) => [
    moment(at),
    operatorId,
    act,
    shortened(JSON.stringify(order), 60),
    outcome + (count === undefined || act === 'rebuild' ? '' : ` (${count})`),
    reason ?? '',
  ]);
  return table(['at (UTC)', 'operator', 'act', 'what', 'outcome', 'reason'], rows);
}
