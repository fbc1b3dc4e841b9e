import { allEvents, asyncApi, directMessages } from '@lyceum/contracts';
import { type ServiceDefinition, configSchema, everythingHeardBy, operationsRefusals } from '@lyceum/host';
import { httpRefusals } from '@lyceum/http';
import type { RefusalKind } from '@lyceum/kernel';
import { z } from 'zod';

/** File name below docs/generated/ -> content. */
export type Pages = Readonly<Record<string, string>>;

const note = (how: string) => `<!-- Generated from ${how} by \`npm run docs\`; do not edit. -->\n`;
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');

/** Every page that can be made without running anything. */
export function staticPages(services: readonly ServiceDefinition[]): Pages {
  const listeners = new Map<string, string[]>();
  for (const service of services)
    for (const { type } of everythingHeardBy(service))
      listeners.set(type, [...(listeners.get(type) ?? []), service.name]);
  return {
    'events.md': eventsPage(listeners),
    'asyncapi.json': `${JSON.stringify(asyncApi(allEvents, listeners), null, 2)}\n`,
    'refusals.md': refusalsPage(services),
    'configuration.md': configurationPage(services),
  };
}

function eventsPage(listeners: ReadonlyMap<string, readonly string[]>): string {
  const rows = allEvents.map(({ type, service, summary, listeners: expected }) => [
    `\`${type}\``,
    service,
    summary,
    listeners.get(type)?.join(', ') ?? (expected === 'none' ? 'nobody, by design' : '**nobody**'),
  ]);
  const direct = directMessages.map(({ type, summary }) => [`\`${type}\``, summary]);
  return `${note('the contracts and every reactions.ts')}\n# Events\n\nWho says what, and who listens. Shapes: [asyncapi.json](asyncapi.json).\n\n${table(['event', 'published by', 'what happened', 'heard by'], rows)}\n\n## Said by one service to another\n\nPut into the queue of one service alone, and handled by the host of every service: how a projection is rebuilt from its publishers’ logs ([why](../adr/0007-rebuild-by-asking-the-publisher.md)), and how people’s data are exported and erased ([why](../adr/0011-export-and-erasure.md)). Nothing else is bound to them.\n\n${table(['message', 'what it says'], direct)}\n`;
}

function refusalsPage(services: readonly ServiceDefinition[]): string {
  const sections = [
    ['every service', httpRefusals] as const,
    ['operations', operationsRefusals] as const,
    ...services.map(({ name, refusals }) => [name, refusals] as const),
  ];
  const bodies = sections.map(([name, kinds]) => {
    const own = Object.values<RefusalKind>(kinds).filter(
      ({ code }) => name === 'every service' || code.startsWith(`${name}.`),
    );
    if (own.length === 0) return '';
    const rows = own
      .toSorted((a, b) => a.code.localeCompare(b.code))
      .map(({ code, status, title }) => [`\`${code}\``, String(status), title]);
    return `\n## ${name}\n\n${table(['code', 'status', 'title'], rows)}\n`;
  });
  return `${note('every refusals.ts')}\n# Refusals\n\nEvery expected "no", answered as \`application/problem+json\` with a stable \`code\`.\n${bodies.join('')}`;
}

function configurationPage(services: readonly ServiceDefinition[]): string {
  const all = services.map((service) => ({ service, fields: fieldsOf(configSchema(service, false)) }));
  const [first] = all;
  const shared = new Set(
    Object.keys(first?.fields ?? {}).filter((name) => all.filter(({ fields }) => name in fields).length > 1),
  );
  for (const { fields } of all)
    for (const name of Object.keys(fields))
      if (all.filter((each) => name in each.fields).length >= all.length - 1) shared.add(name);
  const rowsOf = (fields: Fields, names: readonly string[]) =>
    names.map((name) => [`\`${name}\``, fields[name]?.need ?? '', fields[name]?.about ?? '']);
  const sections = all.map(({ service, fields }) => {
    const own = Object.keys(fields).filter((name) => !shared.has(name));
    return own.length === 0
      ? ''
      : `\n## ${service.name}\n\n${table(['variable', 'default', 'what it is'], rowsOf(fields, own))}\n`;
  });
  const everything: Fields = Object.assign({}, ...all.map(({ fields }) => fields)) as Fields;
  return `${note('every config.ts')}\n# Configuration\n\nRead from the environment at start. A missing or bad variable stops the service with one message that names each.\n\n## every service\n\n${table(['variable', 'default', 'what it is'], rowsOf(everything, [...shared].sort()))}\n${sections.join('')}`;
}

type Fields = Record<string, { need: string; about: string }>;

function fieldsOf(schema: z.ZodObject): Fields {
  return Object.fromEntries(
    Object.entries(schema.shape).map(([name, field]) => {
      const empty = z.safeParse(field, undefined);
      const fallback = empty.success
        ? empty.data === undefined
          ? 'optional'
          : `\`${JSON.stringify(empty.data)}\``
        : '**required**';
      return [name, { need: fallback, about: z.globalRegistry.get(field)?.description ?? '' }];
    }),
  );
}

const Operation = z.looseObject({
  summary: z.string().optional(),
  'x-access': z.string().optional(),
  'x-scope': z.string().optional(),
  'x-step-up': z.string().optional(),
  tags: z.array(z.string()).optional(),
});

/** Who may call what, from the running routes. A route without a mark is closed, and shown as such. */
export function permissionsPage(openApi: { paths: Record<string, Record<string, unknown>> }): string {
  const roles = ['visitor', 'STUDENT', 'INSTRUCTOR', 'ADMIN'] as const;
  const rows = Object.entries(openApi.paths)
    .flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, operation]) => ({
        path,
        method,
        operation: Operation.parse(operation),
      })),
    )
    .toSorted((a, b) =>
      `${a.operation.tags?.[0]}${a.path}${a.method}`.localeCompare(`${b.operation.tags?.[0]}${b.path}${b.method}`),
    )
    .map(({ path, method, operation }) => {
      const access = operation['x-access'] ?? 'closed';
      const may = (role: (typeof roles)[number]) =>
        access === 'public' || (role !== 'visitor' && access.includes(role)) ? '✓' : '';
      return [
        operation.tags?.[0] ?? '',
        `\`${method.toUpperCase()} ${path}\``,
        ...roles.map(may),
        access.includes('verified') ? '✓' : '',
        operation['x-step-up'] ?? '',
        scopeOf(operation['x-scope']),
        access === 'closed' ? `**closed to everybody** ${operation.summary ?? ''}`.trim() : (operation.summary ?? ''),
      ];
    });
  return `${note('the running routes')}\n# Permissions\n\nWho may call each route; "verified" asks for a proven e-mail address as well, "step-up" for a proof of who calls that is strong and fresh enough (\`POST /auth/step-up\`), "scope" is what an API key must be permitted ([why](../adr/0010-api-keys-are-exchanged-at-the-edge.md)); where none is enough, one must have signed in. What is one’s own and what is somebody else’s is decided in the service.\n\n${table(['service', 'route', ...roles, 'verified', 'step-up', 'scope', 'what it does'], rows)}\n`;
}

const scopeOf = (scope: string | undefined): string =>
  scope === undefined ? '' : scope === 'none' ? 'none is enough' : `\`${scope}\``;
