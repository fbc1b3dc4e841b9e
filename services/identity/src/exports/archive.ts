import { strToU8, Zip, ZipDeflate } from 'fflate';
import type { DataExport } from './data-export.js';
import { missing } from './data-export.js';
import type { Contribution } from './exports.service.js';
import { closing, heading, nothing, opening, record, serviceHeading } from './archive.page.js';

/** One file of the archive, piece by piece. */
interface Entry {
  readonly name: string;
  readonly pieces: () => AsyncIterable<string> | Iterable<string>;
}

/**
 * The archive as a stream of bytes. What is in it is read from the database as it is sent, one part at a time, and twice: once for the page
 * that people read, once for the files that programs read.
 */
export async function* archive(
  one: DataExport,
  contributions: readonly Contribution[],
): AsyncGenerator<Uint8Array, void> {
  const chunks: Uint8Array[] = [];
  let failure: unknown;
  const zip = new Zip((error, chunk) => {
    if (error) failure = error;
    else chunks.push(chunk);
  });
  function* ready(): Generator<Uint8Array, void> {
    if (failure !== undefined) throw failure;
    while (chunks.length > 0) yield chunks.shift() ?? new Uint8Array();
  }
  for await (const { name, pieces } of entries(one, contributions)) {
    const file = new ZipDeflate(name, { level: 6 });
    file.mtime = one.requestedAt;
    zip.add(file);
    for await (const piece of pieces()) {
      file.push(strToU8(piece));
      yield* ready();
    }
    file.push(new Uint8Array(), true);
    yield* ready();
  }
  zip.end();
  yield* ready();
}

async function* entries(one: DataExport, contributions: readonly Contribution[]): AsyncGenerator<Entry, void> {
  yield { name: 'README.txt', pieces: () => [readme(one, contributions)] };
  yield { name: 'index.html', pieces: () => readablePage(one, contributions) };
  for (const { service, sections } of contributions) yield* files(service, sections());
}

async function* readablePage(one: DataExport, contributions: readonly Contribution[]): AsyncGenerator<string, void> {
  yield opening(one, missing(one));
  for (const { service, sections } of contributions) {
    yield serviceHeading(service);
    let open: string | undefined;
    for await (const { name, title, records } of sections()) {
      if (name !== open) yield heading(title);
      open = name;
      for (const each of records) yield record(each);
      if (records.length === 0) yield nothing;
    }
    if (open === undefined) yield nothing;
  }
  yield closing;
}

/** One file for each section: batches of the same name that follow each other go on with it. */
async function* files(service: string, sections: ReturnType<Contribution['sections']>): AsyncGenerator<Entry, void> {
  const taken = new Map<string, number>();
  let next = await sections.next();
  while (!next.done) {
    const { name } = next.value;
    const times = (taken.get(name) ?? 0) + 1;
    taken.set(name, times);
    yield {
      name: `${service}/${name}${times > 1 ? `-${times}` : ''}.json`,
      async *pieces() {
        let separator = '[\n';
        while (!next.done && next.value.name === name) {
          for (const each of next.value.records) {
            yield `${separator}${JSON.stringify(each, null, 2)}`;
            separator = ',\n';
          }
          next = await sections.next();
        }
        yield separator === '[\n' ? '[]\n' : '\n]\n';
      },
    };
  }
}

const readme = (
  { requestedAt, exportId }: DataExport,
  contributions: readonly Contribution[],
): string => `Your data on Lyceum
===================

Asked for at ${requestedAt.toISOString()} (export ${exportId}).

index.html            everything, to be read in any browser, without a network
<service>/<name>.json the same for programs: a list of records; times are in UTC, amounts of money in the smallest unit

The services: ${contributions.map(({ service }) => service).join(', ')}.
"events" are what a service told the others about you. Passwords, keys and one-time links are in none of the files.

Keep this file as you would keep your letters.
`;
