import { resolve } from 'node:path';
import { DataDirectory } from './data-directory.js';
import { BadUsage, type Manner, readCommand, usage } from './operator/command.js';
import { Desk, type Identity, Refused } from './operator/desk.js';
import { operate } from './operator/operator.js';
import { demoAdmin } from './seed.js';

// npm run events: what operators do with dead letters and projections, through the edge of a platform.
try {
  const { command, manner } = readCommand(process.argv.slice(2), new Date());
  if (command.name === 'help') console.log(usage);
  else {
    const { url, identity } = whereAndWho(manner);
    await operate(command, await Desk.open(url, identity), {
      answer: (text, data) => console.log(manner.json ? JSON.stringify(data, null, 2) : text),
      progress: (text) => (manner.json ? undefined : console.log(text)),
    });
  }
} catch (error) {
  if (error instanceof BadUsage) giveUp(`${error.message} See npm run events -- --help.`, 2);
  if (error instanceof Refused) giveUp(`${error.message}.`, 1);
  throw error;
}

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
