/** What is known of a refusal before it happens: its stable code, HTTP status and title. */
export interface RefusalKind {
  /** `service.what-was-refused`; clients may rely on it. */
  readonly code: string;
  readonly status: number;
  readonly title: string;
}

/**
 * An expected "no". Thrown by domain code, turned into `application/problem+json` in one place.
 * A bug is not a refusal: anything else that is thrown answers 500 without detail.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  constructor(
    readonly kind: RefusalKind,
    /** A sentence about this occurrence. */
    readonly detail?: string,
    /** Extension members of the problem document, for example `{ missing: [...] }`. */
    readonly members: Readonly<Record<string, unknown>> = {},
  ) {
    super(detail ? `${kind.title}: ${detail}` : kind.title);
  }
  get code(): string {
    return this.kind.code;
  }
  get status(): number {
    return this.kind.status;
  }
}

/** Makes a {@link Refusal} of its kind: `throw refusals.soldOut('No seat is left', { courseId })`. */
export type RefusalMaker = RefusalKind & ((detail?: string, members?: Record<string, unknown>) => Refusal);

const kebab = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/**
 * Declares every expected "no" of a service. The code is `service.key-in-kebab-case`.
 * @example export const refusals = defineRefusals('billing', { alreadyEntitled: { status: 409, title: 'You already have this course' } });
 */
export function defineRefusals<Key extends string>(
  service: string,
  kinds: Record<Key, { status: number; title: string }>,
): Record<Key, RefusalMaker> {
  const makers = {} as Record<Key, RefusalMaker>;
  for (const key of Object.keys(kinds) as Key[]) {
    const kind: RefusalKind = { code: `${service}.${kebab(key)}`, ...kinds[key] };
    const make = (detail?: string, members?: Record<string, unknown>) => new Refusal(kind, detail, members);
    makers[key] = Object.assign(make, kind);
  }
  return makers;
}
