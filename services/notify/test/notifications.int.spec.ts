import { mediaRejected, paymentSucceeded } from '@lyceum/contracts';
import { newId } from '@lyceum/kernel';
import { eventually, ownPaths } from '@lyceum/testing';
import { type Listed, type PostOffice, at, openPostOffice, payment } from './post-office.js';

describe('notifications', () => {
  let office: PostOffice;
  beforeAll(async () => {
    office = await openPostOffice();
  });
  afterAll(() => office.close());

  const call = (method: string, path: string, id?: string) =>
    office.booted.call(method, path, id === undefined ? {} : { as: { id } });
  const listed = async (id: string, query = '') => (await call('GET', `/notifications${query}`, id)).body as Listed;
  const unread = async (id: string) => (await call('GET', '/notifications/unread-count', id)).body;
  /** Somebody with so many notifications. */
  const somebodyWith = async (count: number, locale?: string) => {
    const { id } = await office.somebody(locale === undefined ? {} : { locale });
    for (let i = 1; i <= count; i += 1) {
      await office.booted.deliver(paymentSucceeded, { ...payment(id), courseTitle: `Course ${i}` });
      await eventually(async () => expect((await listed(id)).items).toHaveLength(i));
    }
    return id;
  };

  it('are listed newest first, in pages, with title, text and link', async () => {
    const id = await somebodyWith(3);
    const first = await listed(id, '?limit=2');
    const second = await listed(id, `?limit=2&after=${first.next}`);
    expect([...first.items, ...second.items].map(({ body }) => body)).toEqual(
      [3, 2, 1].map((n) => `Your payment of €49.00 for “Course ${n}” has arrived.`),
    );
    expect(second).not.toHaveProperty('next');
    expect(first.items[0]).toEqual({
      notificationId: expect.any(String),
      type: 'payment-received',
      title: 'Payment received',
      body: 'Your payment of €49.00 for “Course 3” has arrived.',
      link: 'http://localhost:4000/payments/pay-1',
      createdAt: expect.stringMatching(/Z$/),
    });
  });
  it('are in their reader’s language', async () => {
    const id = await somebodyWith(1, 'de');
    expect((await listed(id)).items[0]).toMatchObject({ title: 'Zahlung erhalten' });
  });
  it('are read one by one, and the first time counts', async () => {
    const id = await somebodyWith(2);
    expect(await unread(id)).toEqual({ unread: 2 });
    const notificationId = (await listed(id)).items[0]?.notificationId ?? '';
    const first = await call('POST', `/notifications/${notificationId}/read`, id);
    expect(first).toMatchObject({ status: 200, body: { notificationId, readAt: expect.any(String) } });
    const again = await call('POST', `/notifications/${notificationId}/read`, id);
    expect(again).toMatchObject({ status: 200, body: first.body });
    expect(await unread(id)).toEqual({ unread: 1 });
  });
  it('are read all at once, and nobody else’s with them', async () => {
    const [id, other] = [await somebodyWith(2), await somebodyWith(1)];
    for (let i = 0; i < 2; i += 1)
      expect(await call('POST', '/notifications/read-all', id)).toMatchObject({ status: 204 });
    expect([await unread(id), await unread(other)]).toEqual([{ unread: 0 }, { unread: 1 }]);
    expect((await listed(id)).items.every(({ readAt }) => readAt !== undefined)).toBe(true);
  });
  it('tell an instructor why a file was rejected', async () => {
    const { id: ownerId } = await office.somebody();
    await office.booted.deliver(mediaRejected, {
      mediaId: 'm',
      ownerId,
      fileName: 'cat.exe',
      reason: 'it is a program',
      rejectedAt: at,
    });
    await eventually(async () =>
      expect((await listed(ownerId)).items[0]).toMatchObject({
        title: 'A file was rejected',
        body: '“cat.exe” could not be used: it is a program',
      }),
    );
  });
  it('are nobody else’s: 404, and the same for one that is not there', async () => {
    const id = await somebodyWith(1);
    const { notificationId } = (await listed(id)).items[0] ?? {};
    const stranger = newId();
    for (const path of [`/notifications/${notificationId}/read`, '/notifications/none/read'])
      expect(await call('POST', path, stranger)).toMatchObject({ status: 404, body: { code: 'notify.not-found' } });
    expect(await unread(id)).toEqual({ unread: 1 });
    expect(await listed(stranger)).toEqual({ items: [] });
  });
  it('are refused to visitors, on every route', async () => {
    for (const [method, path] of [
      ['GET', '/notifications'],
      ['GET', '/notifications/unread-count'],
      ['GET', '/notifications/stream'],
      ['POST', '/notifications/read-all'],
      ['POST', '/notifications/n/read'],
    ] as const)
      expect(await call(method, path)).toMatchObject({ status: 401, body: { code: 'http.not-signed-in' } });
  });
  it('refuse bad questions', async () => {
    for (const [method, path, code] of [
      ['GET', '/notifications?limit=0', 'http.invalid-request'],
      ['GET', '/notifications?limit=101', 'http.invalid-request'],
      ['GET', '/notifications?after=forged', 'http.invalid-cursor'],
    ] as const)
      expect(await call(method, path, 'ada')).toMatchObject({ status: 400, body: { code } });
  });
  it('documents every route', async () => {
    const { paths } = (await call('GET', '/openapi.json')).body as { paths: Record<string, object> };
    expect(Object.keys(ownPaths(paths)).sort()).toEqual([
      '/notifications',
      '/notifications/read-all',
      '/notifications/stream',
      '/notifications/unread-count',
      '/notifications/{notificationId}/read',
    ]);
  });
});
