/** A unique index does not allow the write. The caller knows what that means to a person and refuses in its own words. */
export class DuplicateKey extends Error {
  override readonly name = 'DuplicateKey';
  constructor(
    readonly collection: string,
    /** The name of the index, as declared. */
    readonly index: string,
    /** The fields of the index. */
    readonly keys: readonly string[],
    options?: ErrorOptions,
  ) {
    super(`${collection}: ${index} (${keys.join(', ')}) is taken`, options);
  }
}

/** The document is no longer (or not yet) of the version that the caller has seen: If-Match failed. */
export class VersionMismatch extends Error {
  override readonly name = 'VersionMismatch';
  constructor(
    readonly expected: number,
    /** 0 when there is no document. */
    readonly actual: number,
  ) {
    super(`Expected version ${expected}, found ${actual}`);
  }
}

/** A cursor that this list has not handed out. */
export class InvalidCursor extends Error {
  override readonly name = 'InvalidCursor';
  constructor(options?: ErrorOptions) {
    super('The cursor is not one of this list', options);
  }
}

/** Others changed the document again and again; trying later may succeed. */
export class Contention extends Error {
  override readonly name = 'Contention';
  constructor(collection: string, id: string, attempts: number) {
    super(`${collection}/${id} was changed by others during each of ${attempts} attempts`);
  }
}

/** Somebody else is at work on it right now; a message should be delivered again later. */
export class Busy extends Error {
  override readonly name = 'Busy';
}

/** What a unique index says (code 11000), or undefined for another error. */
export function duplicateIn(error: unknown): { index: string; keys: string[] } | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error) || error.code !== 11_000) return undefined;
  const message = error instanceof Error ? error.message : '';
  const index = / index: (.+?)(?: dup key|$)/.exec(message)?.[1] ?? '';
  const pattern = 'keyPattern' in error ? error.keyPattern : undefined;
  const keys = typeof pattern === 'object' && pattern !== null ? Object.keys(pattern) : index === '_id_' ? ['_id'] : [];
  return { index: index || (keys.join() === '_id' ? '_id_' : keys.join('_')), keys };
}

/** Whether the write failed because a document of that id is there already. */
export const isTaken = (error: unknown): boolean => duplicateIn(error)?.index === '_id_';

/** Throws what a store's caller should see: {@link DuplicateKey} for a unique index, else the error itself. */
export function rethrow(error: unknown, collection: string): never {
  const duplicate = duplicateIn(error);
  if (duplicate) throw new DuplicateKey(collection, duplicate.index, duplicate.keys, { cause: error });
  throw error;
}

const WRITE_CONFLICT = 112;
const unhinderedAttempts = 6;

/**
 * Does one write, and does it again a little later when the database gave up on it because others were writing there too
 * (WriteConflict: nothing was written). Throws what the last attempt threw.
 */
export async function unhindered<T>(write: () => PromiseLike<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await write();
    } catch (error) {
      const inTheWay = error instanceof Error && 'code' in error && error.code === WRITE_CONFLICT;
      if (!inTheWay || attempt === unhinderedAttempts) throw error;
      await new Promise((done) => setTimeout(done, Math.random() * 20 * 2 ** attempt));
    }
  }
}
