// npm run services: the eight services as eight processes, against the servers that the environment (or .env) names.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { environment, node, prepare, root } from './prepare.mjs';

prepare();

const names = ['identity', 'catalog', 'billing', 'enrollment', 'progress', 'media', 'notify', 'edge'];
const file = join(root, '.env');
const fromFile = existsSync(file)
  ? Object.fromEntries(
      readFileSync(file, 'utf8')
        .split('\n')
        .map((line) => /^\s*([A-Z][A-Z0-9_]*)=(.*)$/.exec(line))
        .filter(Boolean)
        .map(([, name, value]) => [name, value.trim().replace(/^(['"])(.*)\1$/, '$2')]),
    )
  : {};
const given = { ...fromFile, ...process.env };

// <SERVICE>_URL says where a service listens and where the edge finds it.
const running = names.map((name) => {
  const url = name === 'edge' ? given.PUBLIC_URL : given[`${name.toUpperCase()}_URL`];
  const port = url && URL.canParse(url) ? new URL(url).port : undefined;
  const child = spawn(
    node(),
    ['--enable-source-maps', '--import', '@lyceum/telemetry/register', join(root, `services/${name}/dist/main.js`)],
    {
      cwd: join(root, 'services', name),
      env: environment({ OTEL_SERVICE_NAME: `lyceum-${name}`, ...given, ...(port ? { PORT: port } : {}) }),
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', (line) =>
      console.log(line.startsWith('{') ? line : `${name}: ${line}`),
    );
  child.on('exit', (code) => {
    child.ended = true;
    if (!stopping) console.error(`${name} has stopped (code ${code})`);
    if (running.every((each) => each.ended)) process.exit(stopping ? 0 : 1);
  });
  return child;
});

let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM'])
  process.on(signal, () => {
    stopping = true;
    for (const child of running) if (!child.ended) child.kill('SIGTERM');
  });
