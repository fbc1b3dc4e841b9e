import { Controller, Delete, Get, Head, Patch, Post, Put } from '@nestjs/common';
import { Caller, Public, Roles, ScopedAs, SignedInOnly, StepUp, VerifiedRoles, Visitor } from '../src/index.js';
import { type World, startWorld } from './world.js';

@Controller('open')
@Public()
class Open {
  @Get() whoever(@Visitor() visitor?: Caller) {
    return { visitor: visitor?.id ?? 'nobody' };
  }
  @Get('closer') @Roles('ADMIN') closer() {
    return {};
  }
}

@Controller('marked')
class Marked {
  @Get('nothing') nothing() {
    return {};
  }
  @Get('anyone') @Roles() anyone(@Caller() caller: Caller) {
    return caller;
  }
  @Get('admins') @Roles('ADMIN') admins() {
    return {};
  }
  @Get('teachers') @Roles('INSTRUCTOR', 'ADMIN') teachers() {
    return {};
  }
  @Get('fresh') @Roles() @StepUp({ withinMinutes: 10 }) fresh() {
    return {};
  }
  @Get('strong') @Roles() @StepUp({ withinMinutes: 10, level: 'aal2' }) strong() {
    return {};
  }
  @Post('proven') @VerifiedRoles() proven() {
    return {};
  }
}

@Controller('scoped')
@Roles()
class Scoped {
  @Get() read() {
    return {};
  }
  @Post() @VerifiedRoles() add() {
    return {};
  }
  @Put() replace() {
    return {};
  }
  @Patch() change() {
    return {};
  }
  @Delete() remove() {
    return {};
  }
  @Head('heads') heads() {
    return '';
  }
  @Get('admins') @Roles('ADMIN') admins() {
    return {};
  }
}

@Controller('elsewhere')
@Roles()
@ScopedAs('operations')
class Elsewhere {
  @Get() read() {
    return {};
  }
}

@Controller('credentials')
@Roles()
@SignedInOnly()
class Credentials {
  @Get() list() {
    return {};
  }
  @Get('stepped') @StepUp({ withinMinutes: 10 }) stepped() {
    return {};
  }
}

describe('who may call a route', () => {
  let world: World;
  beforeAll(async () => (world = await startWorld([Open, Marked, Scoped, Elsewhere, Credentials])));
  afterAll(() => world.close());

  const code = async (method: string, path: string, roles?: string[], email_verified = true) => {
    const { status, body } = await world.call(method, path, roles ? { as: { roles, email_verified } } : {});
    return body['code'] ?? status;
  };

  it('a route without a mark is closed to everyone, an admin too', async () => {
    for (const roles of [undefined, [], ['STUDENT'], ['INSTRUCTOR'], ['STUDENT', 'INSTRUCTOR', 'ADMIN']])
      expect(await code('GET', '/marked/nothing', roles)).toBe('http.route-closed');
  });
  it('a visitor is asked to sign in, whatever the role that would be needed', async () => {
    for (const path of ['anyone', 'admins', 'teachers'])
      expect(await code('GET', `/marked/${path}`)).toBe('http.not-signed-in');
    expect((await world.call('GET', '/marked/anyone')).headers.get('www-authenticate')).toBe('Bearer');
  });
  it.each([
    ['anyone', ['STUDENT'], 200],
    ['anyone', ['INSTRUCTOR'], 200],
    ['anyone', [], 'http.not-allowed'],
    ['admins', ['STUDENT'], 'http.not-allowed'],
    ['admins', ['INSTRUCTOR', 'STUDENT'], 'http.not-allowed'],
    ['admins', ['ADMIN'], 200],
    ['teachers', ['STUDENT'], 'http.not-allowed'],
    ['teachers', ['STUDENT', 'INSTRUCTOR'], 200],
  ])('%s for %j: %s', async (path, roles, expected) => {
    expect(await code('GET', `/marked/${path}`, roles)).toBe(expected);
  });
  it('some doings need a proven address as well', async () => {
    expect(await code('POST', '/marked/proven', ['STUDENT'], false)).toBe('http.email-not-verified');
    expect(await code('POST', '/marked/proven', ['ADMIN'], false)).toBe('http.email-not-verified');
    expect(await code('POST', '/marked/proven', ['STUDENT'], true)).toBe(201);
  });
  it('the mark of a route counts more than that of its controller', async () => {
    expect(await code('GET', '/open')).toBe(200);
    expect(await code('GET', '/open/closer')).toBe('http.not-signed-in');
    expect(await code('GET', '/open/closer', ['ADMIN'])).toBe(200);
  });
  it('HEAD is as closed as GET', async () => {
    for (const path of ['/marked/nothing', '/marked/admins'])
      expect((await world.call('HEAD', path, { as: { roles: ['STUDENT'] } })).status).toBe(403);
  });
  it('a handler is told who calls', async () => {
    const as = { sub: 'ada', sid: 's9', roles: ['STUDENT', 'INSTRUCTOR'], email_verified: false };
    expect((await world.call('GET', '/marked/anyone', { as })).body).toEqual({
      id: 'ada',
      sessionId: 's9',
      roles: ['STUDENT', 'INSTRUCTOR'],
      verified: false,
    });
  });
  it('a public route knows who is signed in, and serves others as visitors', async () => {
    expect((await world.call('GET', '/open', { as: { sub: 'ada' } })).body).toEqual({ visitor: 'ada' });
    expect((await world.call('GET', '/open')).body).toEqual({ visitor: 'nobody' });
    expect((await world.call('GET', '/open', { token: 'rubbish' })).body).toEqual({ visitor: 'nobody' });
  });
  it('takes a token from the Authorization header as a bearer token only', async () => {
    const token = await world.token();
    const get = (headers: Record<string, string>, query = '') =>
      world.call('GET', `/marked/anyone${query}`, { headers });
    expect((await get({ authorization: `bearer  ${token}` })).status).toBe(200);
    for (const authorization of [token, `Basic ${token}`, `Bearer ${token} x`, 'Bearer '])
      expect((await get({ authorization })).body).toMatchObject({ code: 'http.not-signed-in' });
    expect((await get({}, `?access_token=${token}`)).status).toBe(401);
    expect((await get({ cookie: `access_token=${token}` })).status).toBe(401);
  });
  it('a token that does not hold is refused as such', async () => {
    const { status, body, headers } = await world.call('GET', '/marked/anyone', { token: 'rubbish' });
    expect([status, body['code']]).toEqual([401, 'http.token-refused']);
    expect(headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
  });

  describe('a token that is limited to scopes, such as that of an API key', () => {
    const limited = async (method: string, path: string, scope: string, more: object = {}) => {
      const { status, body } = await world.call(method, path, { as: { scope, ...more } });
      return body['code'] ?? status;
    };
    const every = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
    const allowed = async (path: string, scope: string) => {
      const outcomes = await Promise.all(every.map(async (method) => [method, await limited(method, path, scope)]));
      return outcomes.filter(([, outcome]) => outcome === 200 || outcome === 201).map(([method]) => method);
    };

    it.each([
      ['probe:read', ['GET', 'HEAD']],
      ['probe:write', ['POST', 'PUT', 'PATCH', 'DELETE']],
      ['probe:read probe:write', every],
      ['probe:write  probe:read other:read', every],
      ['', []],
      ['other:read other:write operations:read', []],
      ['probe:reader PROBE:READ probe probe:* *', []],
    ])('“%s” opens %j', async (scope, methods) => {
      expect(await allowed('/scoped', scope)).toEqual(methods);
    });

    it('is refused as RFC 6750 wants it where the scope is missing', async () => {
      const { status, headers, body } = await world.call('POST', '/scoped', { as: { scope: 'probe:read' } });
      expect([status, body['code'], body['scope']]).toEqual([403, 'http.scope-missing', 'probe:write']);
      expect(headers.get('www-authenticate')).toBe('Bearer error="insufficient_scope", scope="probe:write"');
    });

    it('gets no role and no proven address by its scope', async () => {
      expect(await limited('GET', '/scoped/admins', 'probe:read')).toBe('http.not-allowed');
      expect(await limited('GET', '/scoped/admins', 'probe:read', { roles: ['ADMIN'] })).toBe(200);
      expect(await limited('POST', '/scoped', 'probe:write', { email_verified: false })).toBe(
        'http.email-not-verified',
      );
    });

    it('needs the scope of another area where the routes say so', async () => {
      expect(await limited('GET', '/elsewhere', 'probe:read')).toBe('http.scope-missing');
      expect(await limited('GET', '/elsewhere', 'operations:read')).toBe(200);
    });

    it.each(['/credentials', '/credentials/stepped', '/marked/fresh', '/marked/strong'])(
      'does not open %s, whatever it says',
      async (path) => {
        const most = { auth_time: Math.floor(Date.now() / 1_000), acr: 'aal2', roles: ['ADMIN'] };
        for (const scope of ['', 'probe:read probe:write', 'credentials:read'])
          expect(await limited('GET', path, scope, most)).toBe('http.signed-in-only');
        expect((await world.call('GET', path, { as: most })).status).toBe(200);
      },
    );

    it('is nobody’s on a public route that its scope does not cover', async () => {
      const visitor = async (scope: string) => (await world.call('GET', '/open', { as: { sub: 'ada', scope } })).body;
      expect(await visitor('probe:read')).toEqual({ visitor: 'ada' });
      expect(await visitor('other:read')).toEqual({ visitor: 'nobody' });
    });

    it('does not hold when its scope is no text', async () => {
      expect(await world.call('GET', '/scoped', { as: { scope: ['probe:read'] } })).toMatchObject({ status: 401 });
    });

    it('tells a handler what it is limited to', async () => {
      const as = { sub: 'ada', sid: 'key1', scope: 'probe:read' };
      const { body } = await world.call('GET', '/marked/anyone', { as });
      expect(body).toMatchObject({ id: 'ada', sessionId: 'key1', scopes: ['probe:read'] });
    });
  });

  describe('a sensitive act', () => {
    const now = Math.floor(Date.now() / 1_000);
    const challenge = (level: string) =>
      `Bearer error="insufficient_user_authentication", acr_values="${level}", max_age="600"`;

    it.each([
      ['fresh', { auth_time: now - 60, acr: 'aal1' }],
      ['fresh', { auth_time: now - 60, acr: 'aal2' }],
      ['strong', { auth_time: now - 60, acr: 'aal2' }],
    ])('%s is open to who has proven lately who he is: %j', async (path, as) => {
      expect((await world.call('GET', `/marked/${path}`, { as })).status).toBe(200);
    });

    it.each([
      ['fresh', {}, 'aal1'],
      ['fresh', { acr: 'aal2' }, 'aal1'],
      ['fresh', { auth_time: now - 700, acr: 'aal2' }, 'aal1'],
      ['strong', { auth_time: now - 60, acr: 'aal1' }, 'aal2'],
      ['strong', { auth_time: now - 60 }, 'aal2'],
      ['strong', { auth_time: now - 700, acr: 'aal2' }, 'aal2'],
    ])('%s is refused as RFC 9470 wants it to a token that is too old or too weak: %j', async (path, as, level) => {
      const { status, headers, body } = await world.call('GET', `/marked/${path}`, { as });
      expect([status, body['code']]).toEqual([401, 'http.step-up-required']);
      expect(headers.get('www-authenticate')).toBe(challenge(level));
    });

    it('is not open to a token that invents a level', async () => {
      const as = { auth_time: now, acr: 'aal9' };
      expect((await world.call('GET', '/marked/fresh', { as })).body).toMatchObject({ code: 'http.token-refused' });
    });
  });
});
