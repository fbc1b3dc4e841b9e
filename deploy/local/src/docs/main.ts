import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { RunningService } from '@lyceum/host';
import { z } from 'zod';

import { definitions } from '../definitions.js';
import { startPlatform } from '../platform.js';
import { permissionsPage, staticPages } from './pages.js';
import { closedRoutes, undocumentedRoutes } from './routes.js';

// npm run docs writes docs/generated/; with --check it says which pages are out of date and changes nothing.
const check = process.argv.includes('--check');
const directory = resolve('docs/generated');

const OpenApi = z.looseObject({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) });

const platform = await startPlatform();
const response = await fetch(`${platform.edgeUrl}/openapi.json`);
const openApi = OpenApi.parse(await response.json());
const clashes = clashingSchemas(platform.services.map((service) => service.openApi()));
const faults = [
  ...clashes.map((name) => `Two services mean different things by the schema name ${name}`),
  ...undocumentedRoutes(platform.services).map((route) => `${route} is served and stands in no API document`),
  ...closedRoutes(platform.services).map(
    (route) => `${route} is closed to everybody: mark it with @Public() or @Roles()`,
  ),
];
await platform.close();
if (faults.length > 0) {
  console.error(faults.join('\n'));
  process.exit(1);
}
openApi['servers'] = [{ url: 'http://localhost:4000' }];

const pages = {
  ...staticPages(Object.values(definitions)),
  'permissions.md': permissionsPage(openApi),
  'openapi.json': `${JSON.stringify(openApi, null, 2)}\n`,
};
mkdirSync(directory, { recursive: true });
const stale = Object.entries(pages).filter(([name, text]) => {
  if (check) return readOr(join(directory, name)) !== text;
  writeFileSync(join(directory, name), text);
  return false;
});
for (const [name] of stale)
  console.error(`docs/generated/${name} is out of date: run npm run docs and commit what it writes`);
if (stale.length === 0)
  console.log(`${Object.keys(pages).length} generated pages are ${check ? 'current' : 'written'}`);
process.exit(stale.length > 0 ? 1 : 0);

function readOr(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** Names that would overwrite each other when the edge puts the documents together. */
function clashingSchemas(documents: readonly ReturnType<RunningService['openApi']>[]): string[] {
  const seen = new Map<string, string>();
  return documents
    .flatMap((document) => Object.entries(document.components?.schemas ?? {}))
    .filter(([name, schema]) => {
      const text = JSON.stringify(schema);
      const before = seen.get(name);
      seen.set(name, text);
      return before !== undefined && before !== text;
    })
    .map(([name]) => name);
}
