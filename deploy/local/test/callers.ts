import { z } from 'zod';
import { Api } from '../src/api.js';
import { type Person, SignedIn, join } from '../src/people.js';
import type { Platform } from '../src/platform.js';

/** Who may be on the other side of a request. */
export const kinds = [
  'visitor',
  'unproven learner',
  'learner',
  'other learner',
  'instructor',
  'other instructor',
  'admin',
] as const;
export type Kind = (typeof kinds)[number];

const roleOf: Readonly<Record<Exclude<Kind, 'visitor'>, string>> = {
  'unproven learner': 'STUDENT',
  learner: 'STUDENT',
  'other learner': 'STUDENT',
  instructor: 'INSTRUCTOR',
  'other instructor': 'INSTRUCTOR',
  admin: 'ADMIN',
};

/** What the API document says of an operation (`x-access`). */
export type Access = string;

/** The refusal that an operation marked with `access` has for a caller before it looks at the request; none when it may pass. */
export function refusalFor(kind: Kind, access: Access): string | undefined {
  if (access === 'closed') return 'http.route-closed';
  if (access === 'public') return undefined;
  if (kind === 'visitor') return 'http.not-signed-in';
  if (!access.includes(roleOf[kind])) return 'http.not-allowed';
  return access.includes('(verified)') && kind === 'unproven learner' ? 'http.email-not-verified' : undefined;
}

export const admin: Pick<Person, 'email' | 'password'> = {
  email: 'root@lyceum.example',
  password: 'quiet mountains of paper',
};

/** People of every kind, signed in. One who was signed out, or has gone, comes again. */
export class Callers {
  private readonly tokens = new Map<Kind, string>();
  private readonly people = new Map<Kind, Pick<Person, 'email' | 'password'>>([['admin', admin]]);
  private comings = 0;

  constructor(private readonly platform: Platform) {}

  async token(kind: Kind): Promise<string | undefined> {
    if (kind === 'visitor') return undefined;
    const known = this.tokens.get(kind);
    if (known) return known;
    const token = (await this.signedIn(kind)) ?? (await this.newcomer(kind));
    this.tokens.set(kind, token);
    return token;
  }

  async api(kind: Kind): Promise<Api> {
    const token = await this.token(kind);
    const visitor = new Api(this.platform.edgeUrl);
    return token ? visitor.as(token) : visitor;
  }

  /** After something that may have ended the caller's session. */
  forget(kind: Kind): void {
    this.tokens.delete(kind);
  }

  private async signedIn(kind: Kind): Promise<string | undefined> {
    const person = this.people.get(kind);
    if (!person) return undefined;
    const response = await fetch(`${this.platform.edgeUrl}/auth/sign-in`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: person.email, password: person.password }),
    });
    const answer = z.union([SignedIn, z.unknown()]).parse(await response.json());
    const { data } = SignedIn.safeParse(answer);
    return data?.accessToken;
  }

  private async newcomer(kind: Exclude<Kind, 'visitor'>): Promise<string> {
    if (kind === 'admin') throw new Error('The administrator cannot sign in any more');
    this.comings += 1;
    const person: Person = {
      email: `${kind.replace(' ', '-')}-${this.comings}@example.com`,
      password: 'violet umbrellas by the harbour',
      firstName: 'Ada',
      lastName: 'Byron',
      role: roleOf[kind] === 'INSTRUCTOR' ? 'INSTRUCTOR' : 'STUDENT',
    };
    this.people.set(kind, person);
    const visitor = new Api(this.platform.edgeUrl);
    if (kind === 'unproven learner') await visitor.post('/auth/register', { body: person, expect: 202 });
    else await join(visitor, this.platform.standIns.mailbox.url, person);
    const token = await this.signedIn(kind);
    if (!token) throw new Error(`The ${kind} cannot sign in`);
    return token;
  }
}
