import { z } from 'zod';
import type { Api } from './api.js';
import { mailTo, tokenIn } from './mail.js';

export interface Person {
  readonly email: string;
  readonly password: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly role: 'STUDENT' | 'INSTRUCTOR';
}

export const SignedIn = z.object({ accessToken: z.string(), refreshToken: z.string() });

/** Registers somebody, opens the mail, proves the address and signs in. */
export async function join(api: Api, mailboxUrl: string, person: Person): Promise<Api> {
  await api.post('/auth/register', { body: person, expect: 202 });
  const token = tokenIn(await mailTo(mailboxUrl, person.email, /verify|confirm/i));
  await api.post('/auth/verify-email', { body: { token }, expect: 200 });
  return signIn(api, person);
}

export async function signIn(api: Api, { email, password }: Pick<Person, 'email' | 'password'>): Promise<Api> {
  const { accessToken } = await api.post('/auth/sign-in', { body: { email, password }, expect: 200, schema: SignedIn });
  return api.as(accessToken);
}
