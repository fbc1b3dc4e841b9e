import { eventually } from '@lyceum/testing';
import { World } from './world.js';

const admin = { id: 'root', roles: ['ADMIN'] as const };
const json = { accept: 'application/json' };

describe('certificates', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start();
    await world.publish('ts', [{ lectureId: 'a', kind: 'article' }]);
    await world.publish('go', [{ lectureId: 'a', kind: 'article' }]);
  });
  afterAll(() => world.close());

  const certified = async (name?: [string, string], courseId = 'ts') => {
    const as = await world.learner([courseId], name);
    await world.complete(as, courseId, 'a');
    return { as, ...(await world.certificateOf(as)) };
  };

  it('is issued once for a completed course, and stays when the course is given back', async () => {
    const { as, code, certificateId } = await certified();
    expect(code).toMatch(/^LYC(-[0-9A-HJKMNP-TV-Z]{4}){3}$/);
    expect(world.told('progress.certificate-issued.v1', as.id).map(({ data }) => data)).toMatchObject([
      { certificateId, code, courseId: 'ts', courseTitle: 'About ts' },
    ]);
    await world.endEnrolment(as.id, 'ts');
    await world.tellCompletedAgain(as.id, 'ts');
    expect(await world.certificateOf(as)).toMatchObject({ certificateId, code, courseTitle: 'About ts' });
    expect(await world.call('GET', `/verify/${code}`, { headers: json })).toMatchObject({ body: { valid: true } });
  });

  it('waits for the learner’s name to be heard of', async () => {
    await expect(world.tellCompletedAgain('unheard-of', 'ts')).rejects.toThrow(/not known yet/);
  });

  it('is made out to the newest name, in whatever order the names are heard of; those that are out keep theirs', async () => {
    const { as, certificateId: earlier } = await certified();
    await world.rename(as.id, ['Augusta', 'King'], 5);
    await world.rename(as.id, ['Augusta', 'King'], 5);
    await world.rename(as.id, ['Ada', 'Married'], 3);
    await world.enrol(as.id, 'go');
    await world.complete(as, 'go', 'a');
    const nameOf = async (id: string) => (await world.call('GET', `/certificates/${id}`, { as })).body;
    await eventually(async () => {
      const { body } = await world.call('GET', '/certificates', { as });
      expect(body).toMatchObject({ items: [{ courseId: 'go', learnerName: 'Augusta King' }, { courseId: 'ts' }] });
    });
    expect(await nameOf(earlier)).toMatchObject({ learnerName: 'Ada Byron' });
  });

  it('is listed with the newest first, for its owner only', async () => {
    const { as, certificateId } = await certified();
    await world.enrol(as.id, 'go');
    await world.complete(as, 'go', 'a');
    const ids = async () =>
      ((await world.call('GET', '/certificates', { as })).body as { items: { courseId: string }[] }).items.map(
        (each) => each.courseId,
      );
    await world.certificateOf(as);
    await eventually(async () => expect(await ids()).toEqual(['go', 'ts']));
    expect(await world.call('GET', `/certificates/${certificateId}`, { as })).toMatchObject({
      status: 200,
      body: { certificateId, learnerName: 'Ada Byron', status: 'issued' },
    });
    const stranger = await world.learner([]);
    for (const path of [`/certificates/${certificateId}`, `/certificates/${certificateId}/pdf`]) {
      expect(await world.call('GET', path, { as: stranger })).toMatchObject({
        status: 404,
        body: { code: 'progress.certificate-not-found' },
      });
      expect(await world.call('GET', path)).toMatchObject({ status: 401 });
    }
  });

  it('is printed as a PDF, the same one every time', async () => {
    const { as, certificateId, code } = await certified(['李', 'Łukasz']);
    const print = async () => {
      const token = await world.booted.issuer.token({ sub: as.id });
      const answer = await fetch(`${world.booted.url}/certificates/${certificateId}/pdf`, {
        headers: { authorization: `Bearer ${token}` },
      });
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toBe('application/pdf');
      expect(answer.headers.get('content-disposition')).toBe(`attachment; filename="certificate-${code}.pdf"`);
      return Buffer.from(await answer.arrayBuffer());
    };
    const first = await print();
    expect(first.subarray(0, 5).toString()).toBe('%PDF-');
    expect(first.subarray(-6).toString()).toMatch(/%%EOF/);
    expect((await print()).equals(first)).toBe(true);
  });

  describe('its public page', () => {
    it('tells name, course and date, and nothing else of the learner', async () => {
      const { as, code } = await certified();
      const verified = await world.call('GET', `/verify/${code}`, { headers: json });
      expect(verified.body).toEqual({
        valid: true,
        status: 'issued',
        learnerName: 'Ada Byron',
        courseTitle: 'About ts',
        issuedAt: expect.any(String),
        code,
      });
      for (const typed of [
        code.toLowerCase(),
        code.replaceAll('-', ''),
        code.replaceAll('-', ' ').replaceAll('1', 'l'),
      ])
        expect(await world.call('GET', `/verify/${encodeURIComponent(typed)}`, { headers: json })).toMatchObject({
          body: { code },
        });
      const page = await world.call('GET', `/verify/${code}`, { headers: { accept: 'text/html' } });
      expect(page.status).toBe(200);
      expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/);
      expect(page.headers.get('vary')).toBe('Accept');
      expect(page.body).toContain('Ada Byron');
      expect(page.body).not.toContain(as.id);
      expect(JSON.stringify(verified.body)).not.toContain(as.id);
    });
    it('shows names as they are, never as markup', async () => {
      const { code } = await certified(['<script>alert("1")</script>', "O'Hara & Söhne"]);
      const { body } = await world.call('GET', `/verify/${code}`);
      expect(body).not.toMatch(/<script|O'Hara/);
      expect(body).toContain('&#60;script&#62;alert(&#34;1&#34;)&#60;/script&#62; O&#39;Hara &#38; Söhne');
    });
    it('knows nothing of a code that was never given, in either form', async () => {
      for (const code of ['LYC-0000-0000-0000', 'nonsense', '%24ne', 'x'.repeat(90)]) {
        expect(await world.call('GET', `/verify/${code}`, { headers: json })).toMatchObject({
          status: 404,
          body: { code: 'progress.certificate-not-found' },
        });
        const page = await world.call('GET', `/verify/${code}`);
        expect(page.status).toBe(404);
        expect(page.body).toContain('No such certificate');
      }
    });
    it('shows a revoked one as revoked; it is not printed any more and not issued again', async () => {
      const { as, code, certificateId } = await certified();
      const path = `/certificates/${certificateId}/revocation`;
      const body = { reason: 'Somebody else sat the exam' };
      expect(await world.call('POST', path, { body })).toMatchObject({ status: 401 });
      expect(await world.call('POST', path, { as, body })).toMatchObject({ status: 403 });
      expect(await world.call('POST', path, { as: admin, body: {} })).toMatchObject({ status: 400 });
      expect(await world.call('POST', '/certificates/none/revocation', { as: admin, body })).toMatchObject({
        status: 404,
      });
      for (let i = 0; i < 2; i += 1)
        expect(await world.call('POST', path, { as: admin, body })).toMatchObject({
          status: 200,
          body: { status: 'revoked' },
        });
      await world.tellCompletedAgain(as.id, 'ts');
      expect(await world.call('GET', `/verify/${code}`, { headers: json })).toMatchObject({
        status: 200,
        body: { valid: false, status: 'revoked', revokedAt: expect.any(String) },
      });
      const page = (await world.call('GET', `/verify/${code}`)).body;
      expect(page).toContain('This certificate has been revoked');
      expect(page).not.toContain('Somebody else');
      expect(await world.call('GET', `/certificates/${certificateId}/pdf`, { as })).toMatchObject({
        status: 410,
        body: { code: 'progress.certificate-revoked' },
      });
      expect(world.told('progress.certificate-issued.v1', as.id)).toHaveLength(1);
    });
  });
});
