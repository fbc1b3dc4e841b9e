import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import ajvDraft4 from 'ajv-draft-04';
import { Clock, SystemClock, defineRefusals } from '@lyceum/kernel';
import { z } from 'zod';
import {
  IdempotencyRecords,
  Idempotent,
  PageQuery,
  Public,
  Refuses,
  Roles,
  ScopedAs,
  SignedInOnly,
  StepUp,
  VerifiedRoles,
  openApiOf,
  pageOf,
  routesOf,
} from '../src/index.js';
import { type World, startWorld } from './world.js';

const refusals = defineRefusals('shop', {
  notFound: { status: 404, title: 'There is no such offer' },
  soldOut: { status: 409, title: 'Sold out' },
  closed: { status: 409, title: 'The shop is closed' },
});
const Offer = z.object({ id: z.string(), price: z.int().nullable(), tags: z.array(z.string()) }).meta({ id: 'Offer' });
const Offers = pageOf(Offer).meta({ id: 'Offers' });
const Buy = z.strictObject({ offerId: z.string(), gift: z.boolean().default(false) }).meta({ id: 'Buy' });
const Params = z.object({ offerId: z.string().min(1) });

@Refuses(refusals.closed)
@Controller('offers')
@Roles()
class Shop {
  @Public()
  @Get()
  @ApiOperation({ summary: 'What there is' })
  @ApiOkResponse({ standardSchema: Offers })
  list(@Query({ schema: PageQuery }) _query: PageQuery): { items: never[] } {
    return { items: [] };
  }
  @Get(':offerId')
  @Refuses(refusals.notFound)
  @ApiOkResponse({ standardSchema: Offer })
  one(@Param({ schema: Params }) _params: z.infer<typeof Params>): void {}
  @Post()
  @VerifiedRoles('STUDENT')
  @Idempotent()
  @Refuses(refusals.soldOut, refusals.notFound)
  @ApiCreatedResponse({ standardSchema: Offer })
  buy(@Body({ schema: Buy }) _body: z.infer<typeof Buy>): void {}
}

@Controller('doors')
@Roles('ADMIN')
@ScopedAs('operations')
class Doors {
  @Get() list(): void {}
  @Post() @SignedInOnly() open(): void {}
  @Post('main') @StepUp({ withinMinutes: 10 }) openMain(): void {}
}

@Controller('forgotten')
class Forgotten {
  @Get() nothing(): void {}
}

/** Routes that several controllers inherit, as the host gives them to every service. */
class Shelf {
  @Get('shelf')
  @Refuses(refusals.notFound)
  shelf(): void {}
}
@Controller('stock')
@Roles('ADMIN')
@StepUp({ withinMinutes: 10, level: 'aal2' })
@Refuses(refusals.closed)
class Stock extends Shelf {}

interface Operation {
  security?: unknown;
  'x-access'?: string;
  'x-scope'?: string;
  'x-step-up'?: string;
  responses: Record<string, { description: string; content?: Record<string, unknown> }>;
  parameters?: { name: string; in: string; required?: boolean }[];
  requestBody?: unknown;
}

describe('the OpenAPI document', () => {
  let world: World;
  let document: ReturnType<typeof openApiOf>;
  beforeAll(async () => {
    world = await startWorld(
      [Shop, Doors, Forgotten, Stock],
      [
        { provide: Clock, useClass: SystemClock },
        { provide: IdempotencyRecords, useValue: {} }, // nothing is called here
      ],
      { service: 'shop' },
    );
    document = JSON.parse(
      JSON.stringify(openApiOf(world.app, { title: 'Shop', description: 'Offers' })),
    ) as typeof document;
  });
  afterAll(() => world.close());

  const operation = (path: string, method: 'get' | 'post') => document.paths[path]?.[method] as Operation | undefined;
  const codes = (of: Operation | undefined, status: number) =>
    Array.from(of?.responses[status]?.description.matchAll(/`([^`]+)`/g) ?? [], ([, code = '']) => code).toSorted(
      (a, b) => a.localeCompare(b),
    );

  it('is valid OpenAPI 3.0', () => {
    const schema = JSON.parse(readFileSync(join(__dirname, 'openapi-3.0.schema.json'), 'utf8')) as Record<
      string,
      unknown
    >;
    const ajv = new ajvDraft4.default({ strict: false, validateFormats: false, allErrors: true });
    ajv.validate(schema, document);
    expect(ajv.errors).toBeNull();
    expect(document.openapi).toMatch(/^3\.0\./);
  });
  it('has no reference that leads nowhere', () => {
    const known = Object.keys(document.components?.schemas ?? {}).map((name) => `#/components/schemas/${name}`);
    const referred = Array.from(JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g), ([, to]) => to);
    expect(referred.filter((to) => !known.includes(to ?? ''))).toEqual([]);
    expect(referred.length).toBeGreaterThan(5);
  });
  it('says of every operation who may call it', () => {
    const either = [{ bearer: [] }, { apiKey: [] }];
    const access = (of: Operation | undefined) => [of?.['x-access'], of?.security];
    expect(access(operation('/offers', 'get'))).toEqual(['public', undefined]);
    expect(access(operation('/offers/{offerId}', 'get'))).toEqual(['STUDENT, INSTRUCTOR, ADMIN', either]);
    expect(access(operation('/offers', 'post'))).toEqual(['STUDENT (verified)', either]);
    expect(access(operation('/forgotten', 'get'))).toEqual(['closed', [{ bearer: [] }]]);
    expect(Object.keys(document.components?.securitySchemes ?? {})).toEqual(['bearer', 'apiKey']);
  });
  it('says which scope an API key needs, and where none is enough', () => {
    const scope = (path: string, method: 'get' | 'post') => operation(path, method)?.['x-scope'];
    expect([scope('/offers/{offerId}', 'get'), scope('/offers', 'post')]).toEqual(['shop:read', 'shop:write']);
    expect([scope('/doors', 'get'), scope('/doors', 'post')]).toEqual(['operations:read', 'none']);
    expect([scope('/doors/main', 'post'), scope('/stock/shelf', 'get')]).toEqual(['none', 'none']);
    expect([scope('/offers', 'get'), scope('/forgotten', 'get')]).toEqual([undefined, undefined]);
    expect(operation('/doors', 'post')?.security).toEqual([{ bearer: [] }]);
    expect(codes(operation('/doors', 'post'), 403)).toEqual(['http.not-allowed', 'http.signed-in-only']);
    expect(codes(operation('/doors/main', 'post'), 403)).toEqual(['http.not-allowed', 'http.signed-in-only']);
  });
  it('says of a route that was inherited what the guard goes by: the marks of the controller that serves it', () => {
    const shelf = operation('/stock/shelf', 'get');
    expect([shelf?.['x-access'], shelf?.['x-step-up']]).toEqual(['ADMIN', 'aal2, 10 min']);
    expect([codes(shelf, 404), codes(shelf, 409)]).toEqual([['shop.not-found'], ['shop.closed']]);
    expect(codes(shelf, 401)).toEqual(['http.not-signed-in', 'http.step-up-required', 'http.token-refused']);
  });
  it('has every route that the server serves', () => {
    const documented = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(routesOf(world.app).map(({ method, path }) => `${method} ${path}`)).toEqual(
      expect.arrayContaining(documented),
    );
    expect(routesOf(world.app)).toHaveLength(documented.length);
  });
  it('says how every operation refuses: its marks, those of its controller and of idempotency add up', () => {
    const buy = operation('/offers', 'post');
    expect(codes(buy, 404)).toEqual(['shop.not-found']);
    expect(codes(buy, 409)).toEqual(['http.request-in-progress', 'shop.closed', 'shop.sold-out']);
    expect(codes(buy, 422)).toEqual(['http.idempotency-key-reused']);
    expect(codes(buy, 401)).toEqual(['http.not-signed-in', 'http.token-refused']);
    expect(codes(buy, 403)).toEqual(['http.email-not-verified', 'http.not-allowed', 'http.scope-missing']);
    expect(codes(buy, 400)).toEqual(['http.invalid-request', 'http.malformed-body']);
    expect(codes(operation('/offers/{offerId}', 'get'), 409)).toEqual(['shop.closed']);
    expect(codes(operation('/offers', 'get'), 401)).toEqual([]);
    expect(codes(operation('/forgotten', 'get'), 403)).toEqual(['http.route-closed']);
    expect(JSON.stringify(document)).not.toContain('x-refusal');
  });
  it('describes each refusal as a problem document', () => {
    expect(operation('/offers', 'post')?.responses['409']?.content).toEqual({
      'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
    });
    expect(document.components?.schemas?.['Problem']).toMatchObject({ required: ['type', 'title', 'status', 'code'] });
  });
  it('is made of the schemas that validate: bodies, queries, headers, answers', () => {
    expect(operation('/offers', 'post')?.requestBody).toMatchObject({
      content: { 'application/json': { schema: { $ref: '#/components/schemas/Buy' } } },
    });
    const inputs = (path: string, method: 'get' | 'post') =>
      operation(path, method)?.parameters?.map(
        ({ name, in: where, required }) => `${where} ${name}${required ? '!' : ''}`,
      );
    expect(inputs('/offers', 'get')).toEqual(['query limit', 'query after']);
    expect(inputs('/offers/{offerId}', 'get')).toEqual(['path offerId!']);
    expect(inputs('/offers', 'post')).toEqual(['header Idempotency-Key']);
    expect(document.components?.schemas?.['Offers']).toMatchObject({ required: ['items'] });
  });
});
