import type { ErasedThings, ExportedSection, KeptThings } from '@lyceum/contracts';
import type { Erasure } from '@lyceum/store';

/**
 * A part of what a service holds about somebody, as that person may read it. `name` becomes a file, `title` a heading; records are
 * plain JSON objects. A section may come in several batches of the same name, one after the other.
 */
export type Section = ExportedSection;

export interface Erased {
  /** How many things of each kind this run has erased or made nobody's; the same kind by the same words each time. */
  readonly erased: readonly ErasedThings[];
  /** What stays under the id alone, why, and until when. */
  readonly kept?: readonly KeptThings[];
  /** Something that must happen before the rest can go: it is gone through again soon. For the log, without personal data. */
  readonly waitsFor?: string;
}

/**
 * What a service can do about the personal data in its own database; `src/personal-data.ts` of each service extends it, and
 * `defineService({ personalData })` names it. The host does what is the same in all of them: the event log, outboxes, dead letters
 * and kept answers. Both methods may be called again at any time, after a crash half-way too.
 */
export abstract class PersonalData {
  /**
   * Everything that the service holds about somebody, nothing about anybody else, and no secret (hashes, keys, tokens). In batches of
   * at most some hundred records, read from the database as they are asked for.
   */
  abstract collect(userId: string): AsyncIterable<Section>;

  /**
   * Erases it, or makes it nobody's where others need it. The tombstone is up already: events that come from now on tell nothing
   * of this person any more. Rows of projections go by `Projection.erase`, so that they stay away. Called again later, for what
   * was under way at the first time; it then finds little or nothing.
   */
  abstract erase(userId: string, context: Erasure): Promise<Erased>;
}
