import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { DataDirectory } from './data-directory.js';
import { buyLearnCertify } from './story/buy-learn-certify.js';
import { type Narrator, lineOf } from './story/narrator.js';

const { values } = parseArgs({
  options: { edge: { type: 'string' }, mailbox: { type: 'string' }, data: { type: 'string', default: '.lyceum' } },
});

const running =
  values.edge && values.mailbox
    ? { edgeUrl: values.edge, mailboxUrl: values.mailbox }
    : new DataDirectory(resolve(values.data)).running();
if (!running) {
  console.error('\nNo platform runs here: start one with npm start, or name one with --edge URL --mailbox URL.\n');
  process.exit(1);
}

const color = process.stdout.isTTY;
const bold = (text: string) => (color ? `\u001b[1m${text}\u001b[0m` : text);
const dim = (text: string) => (color ? `\u001b[2m${text}\u001b[0m` : text);
let chapter = 0;
const printer: Narrator = {
  chapter: (title) => console.log(`\n${bold(`${(chapter += 1)}. ${title}`)}`),
  note: (what) => console.log(`   → ${what}`),
  // what is asked again until it has been heard of is not worth a line; that it was right in the end is
  exchange: (exchange) => (exchange.problem ? undefined : console.log(dim(`   ${lineOf(exchange)}`))),
};

const began = performance.now();
try {
  for (const { tell } of buyLearnCertify(running, printer)) await tell();
  console.log(
    `\n${bold('The whole story, published to certified and refunded')}, in ${((performance.now() - began) / 1_000).toFixed(1)} s.\n`,
  );
} catch (error) {
  console.error('\nThe story broke off:', error);
  process.exit(1);
}
