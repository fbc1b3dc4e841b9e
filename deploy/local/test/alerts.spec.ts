import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { InProcessBus } from '@lyceum/bus';
import { Metrics } from '@lyceum/telemetry';

const root = join(__dirname, '../../..');
const directory = join(root, 'deploy/observability/alerts');
const rules = readdirSync(directory).filter((name) => name.endsWith('.yml') && !name.endsWith('.test.yml'));
const promtool = process.env['PROMTOOL'] ?? 'promtool';
const promtoolIsThere = spawnSync(promtool, ['--version']).status === 0;

test('the alerts about messages are about metrics that exist', () => {
  const metrics = new Metrics('catalog', { processMetrics: false });
  new InProcessBus().shared({ metrics });
  const known = new Set(metrics.registry.getMetricsAsArray().map(({ name }) => name));
  const named = readFileSync(join(directory, 'messages.yml'), 'utf8').match(/lyceum_[a-z_]+(?=[)[])/g) ?? [];
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((name) => !known.has(name))).toEqual([]);
});

test.each(rules)('%s is about metrics, and labels of them, that some service has', (name) => {
  const parts = ['libs', 'services'].flatMap((kind) =>
    readdirSync(join(root, kind)).map((part) => join(root, kind, part, 'src')),
  );
  const sources = parts.flatMap((part) =>
    readdirSync(part, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
      .map((file) => readFileSync(join(part, file), 'utf8')),
  );
  const named = (pattern: RegExp, texts: readonly string[]) =>
    new Set(texts.flatMap((text) => [...text.matchAll(pattern)].map(([, found = '']) => found)));
  const metrics = named(/'(lyceum_[a-z_]+)'/g, sources);
  const labels = named(/'([a-z_]+)'/g, [...named(/labelNames: \[([^\]]*)\]/g, sources)]);
  const text = readFileSync(join(directory, name), 'utf8');
  expect([...named(/(lyceum_[a-z_]+)/g, [text])].filter((metric) => !metrics.has(metric))).toEqual([]);
  const grouped = named(/([a-z_]+)/g, [...named(/ by \(([^)]*)\)/g, [text])]);
  expect([...grouped].filter((label) => !['service', 'instance', ...labels].includes(label))).toEqual([]);
});

if (!promtoolIsThere)
  test('promtool: none found; the alert rules were not run (set PROMTOOL)', () => expect(promtoolIsThere).toBe(false));
else
  test.each(rules)('the alert rules of %s fire when they should, and only then', (name) => {
    expect(readdirSync(directory)).toContain(name.replace('.yml', '.test.yml'));
    for (const args of [
      ['check', 'rules', name],
      ['test', 'rules', name.replace('.yml', '.test.yml')],
    ]) {
      const { status, stdout, stderr } = spawnSync(promtool, args, { cwd: directory, encoding: 'utf8' });
      expect({ status, said: `${stdout}${stderr}` }).toMatchObject({ status: 0 });
    }
  });
