import { type Redaction, eventOfType } from '@lyceum/contracts';
import type { PersonalKeys } from './personal-keys.js';
import { sealed, unsealed } from './sealing.js';
import type { SealingState } from './sealing-state.js';
import { Undecryptable } from './secrets.js';
import type { Loose, SealedData } from './shape.js';

interface Told {
  readonly type: string;
  readonly data: unknown;
}

interface Closed extends Told {
  readonly sealed?: SealedData;
}

export interface SealedEvent {
  /** As it is stored. */
  readonly data: unknown;
  readonly sealed?: SealedData;
  /** As it may be told: without anything about people whose keys were shredded. */
  readonly told: unknown;
}

/** Encrypts what events tell about people, as their contracts mark it, wherever events lie: outboxes, timers, and the log. */
export class PersonalEvents {
  constructor(
    private readonly keys: PersonalKeys,
    readonly state: SealingState,
  ) {}

  /** @param as belongs to the stored values: the id of the event, or of the timer */
  async seal({ type, data }: Told, as: string): Promise<SealedEvent> {
    const marks = marksOf(type, data);
    if (marks.length === 0 || !isRecord(data)) return { data, told: data };
    const held = await this.keysFor(marks);
    const isActive = this.keys.canEncrypt && (await this.state.paths()).has(eventPath);
    const stored = { ...data };
    const told = { ...data };
    const parts: SealedData['parts'][number][] = [];
    for (const { of, owner, blanks } of marks) {
      const key = held.get(owner);
      const fields: Loose = {};
      for (const [field, blank] of blanks) {
        if (data[field] === undefined) continue;
        if (key === 'shredded') for (const copy of [stored, told]) put(copy, field, blank);
        else if (isActive && key !== undefined && key !== 'none') {
          fields[field] = sealed(key, data[field], contextOf(as, type, field));
          delete stored[field];
        }
      }
      if (Object.keys(fields).length > 0) parts.push({ of, fields });
    }
    return parts.length > 0 ? { data: stored, told, sealed: { as, parts } } : { data: stored, told };
  }

  /**
   * The data as it may be told: what was encrypted, or blanks that fit the contract where a key was shredded.
   * @param asOf where the values must belong; by default they say so themselves
   */
  async open<Event extends Closed>(
    events: readonly Event[],
    asOf: (event: Event) => string = ({ sealed: { as } = { as: '' } }) => as,
  ): Promise<Omit<Event, 'sealed'>[]> {
    const marked = events.map(({ type, data, sealed: closed }) => marksOf(type, data, closed));
    const held = await this.keys.look(marked.flat().map(({ owner }) => owner));
    return events.map((event, place) => {
      const { sealed: closed, ...rest } = event;
      const marks = marked[place] ?? [];
      if (marks.length === 0 || !isRecord(rest.data)) return rest;
      const data: Loose = { ...rest.data };
      for (const { of, owner, blanks } of marks) {
        const key = held.get(owner);
        const fields = closed?.parts.find((part) => part.of === of)?.fields ?? {};
        if (key === 'shredded') {
          for (const [field, blank] of blanks) if (field in fields || field in data) put(data, field, blank);
          continue;
        }
        for (const [field, value] of Object.entries(fields)) {
          if (key === undefined || key === 'none')
            throw new Undecryptable(`${rest.type}: the person's key is not there, and it was not shredded either`);
          data[field] = unsealed(key, value, contextOf(asOf(event), rest.type, field));
        }
      }
      return { ...rest, data };
    });
  }

  /** Without the service's own key nothing is encrypted, but who was erased stays so. */
  private keysFor(marks: readonly Mark[]) {
    const owners = marks.map(({ owner }) => owner);
    return this.keys.canEncrypt ? this.keys.forWriting(owners) : this.keys.look(owners);
  }
}

/** What stands for the whole of the events in {@link SealingState}. */
export const eventPath = 'data';

type Mark = Redaction & { readonly owner: string };

/** The people of whom an event tells something, and in which fields. */
function marksOf(type: string, data: unknown, closed?: SealedData): Mark[] {
  if (!isRecord(data)) return [];
  const marks: Mark[] = [];
  for (const mark of eventOfType(type)?.personal ?? []) {
    const owner = data[mark.of];
    if (typeof owner !== 'string') continue;
    const isConcerned =
      closed?.parts.some(({ of }) => of === mark.of) ??
      [...mark.blanks.keys()].some((field) => data[field] !== undefined);
    if (isConcerned) marks.push({ ...mark, owner });
  }
  return marks;
}

const contextOf = (as: string, type: string, field: string): string => `event ${as}/${type}/${field}`;

function put(data: Loose, field: string, value: unknown): void {
  if (value === undefined) delete data[field];
  else data[field] = value;
}

const isRecord = (value: unknown): value is Loose =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
