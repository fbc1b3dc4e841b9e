import { PersonalKeys } from '@lyceum/store';
import { eventually, storedIn } from '@lyceum/testing';
import { World } from './world.js';

jest.setTimeout(60_000);

describe('what progress keeps of learners', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start();
    await world.publish('ts', [{ lectureId: 'a', kind: 'article' }]);
  });
  afterAll(() => world.close());

  it('a name lies encrypted, stands on the certificate, and is gone from it with the learner’s key', async () => {
    const as = await world.learner(['ts'], ['CanaryFirst', 'CanaryLast']);
    await world.complete(as, 'ts', 'a');
    const { code } = await world.certificateOf(as);
    const verified = async () =>
      (await world.call('GET', `/verify/${code}`, { headers: { accept: 'application/json' } })).body;
    expect(JSON.stringify(await verified())).toContain('CanaryFirst CanaryLast');
    const { MONGODB_URI = '', DATABASE_PREFIX = '' } = world.booted.env;
    const stored = await storedIn(MONGODB_URI, [`${DATABASE_PREFIX}progress`, `${DATABASE_PREFIX}progress-keys`]);
    expect(stored.includes('Canary')).toBe(false);

    await world.booted.service.app.get(PersonalKeys).shred(as.id);
    const after = await verified();
    expect(JSON.stringify(after)).not.toContain('Canary');
    expect(after).toMatchObject({ valid: true });
    await world.rename(as.id, ['CanaryFirst', 'Again'], 9);
    await eventually(async () => {
      const { status, body } = await world.call('GET', '/certificates', { as });
      expect(status).toBe(200);
      expect(JSON.stringify(body)).not.toContain('Canary');
    });
    expect((await storedIn(MONGODB_URI, [`${DATABASE_PREFIX}progress`])).includes('Canary')).toBe(false);
  });
});
