import { resolve } from 'node:path';
import { DataDirectory } from '../data-directory.js';
import { demoAdmin } from '../seed.js';
import { BadUsage, type Manner } from './command.js';
import { Desk, type Identity, Refused } from './desk.js';
import type { Voice } from './operator.js';

/** How an operator's command is called, for the sentence that says where its help is. */
export type Program = 'events' | 'jobs' | 'keys';

/** Does what was asked at the command line, and ends with 1 when it was refused, with 2 when it cannot be understood. */
export async function atTheDoor(program: Program, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof BadUsage) giveUp(`${error.message} See npm run ${program} -- --help.`, 2);
    if (error instanceof Refused) giveUp(`${error.message}.`, 1);
    throw error;
  }
}

/** The operators' desk of the platform that is meant. Throws {@link Refused} and {@link BadUsage}. */
export async function openDesk(manner: Manner): Promise<Desk> {
  const { url, identity } = whereAndWho(manner);
  return Desk.open(url, identity);
}

/** Speaks on the console, as people or as scripts like it. */
export const voiceOf = ({ json }: Manner): Voice => ({
  answer: (text, data) => console.log(json ? JSON.stringify(data, null, 2) : text),
  progress: (text) => (json ? undefined : console.log(text)),
});

function whereAndWho({ url: named, data }: Manner): { url: string; identity: Identity } {
  const { LYCEUM_URL, LYCEUM_TOKEN, LYCEUM_EMAIL, LYCEUM_PASSWORD } = process.env;
  const local = new DataDirectory(resolve(data)).running()?.edgeUrl;
  const url = named || LYCEUM_URL || local;
  if (!url)
    throw new Refused(
      'No platform runs here: start one with npm start, or name one with --url or LYCEUM_URL (or its data with --data DIR)',
    );
  if (!/^https?:\/\//.test(url)) throw new BadUsage(`${url} is not the URL of a platform.`);
  if (LYCEUM_TOKEN) return { url, identity: { token: LYCEUM_TOKEN } };
  if (LYCEUM_EMAIL && LYCEUM_PASSWORD) return { url, identity: { email: LYCEUM_EMAIL, password: LYCEUM_PASSWORD } };
  if (LYCEUM_EMAIL || LYCEUM_PASSWORD) throw new BadUsage('LYCEUM_EMAIL and LYCEUM_PASSWORD belong together.');
  if (url === local) return { url, identity: demoAdmin };
  throw new Refused(`Say who you are to ${url}: set LYCEUM_EMAIL and LYCEUM_PASSWORD, or LYCEUM_TOKEN`);
}

function giveUp(sentence: string, code: number): never {
  console.error(sentence);
  process.exit(code);
}
