import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { reactionsOf } from '@lyceum/bus';
import { Envelope, courseArchived, coursePublished, enrollmentActivated, enrollmentEnded } from '@lyceum/contracts';
import { type RunningBucket, startBucket } from '@lyceum/embedded/bucket';
import {
  type As,
  type BootedService,
  FakeClock,
  bootService,
  dataOf,
  eventually,
  goldenSamples,
} from '@lyceum/testing';
import { Reactions } from '../src/reactions.js';
import { media } from '../src/service.js';
import { OverdueUploads } from '../src/uploads/overdue.js';

const assets = join(__dirname, '../../../deploy/local/assets');
const png = readFileSync(join(assets, 'bread-at-home.png'));
const mp4 = readFileSync(join(assets, 'lesson.mp4'));
const grace: As = { id: 'grace', roles: ['INSTRUCTOR'] };
const ada: As = { id: 'ada' };
const at = '2026-11-20T09:00:00.000Z';

interface Upload {
  mediaId: string;
  upload: { url: string; headers: Record<string, string>; expiresAt: string };
}

// fetch sets the length itself, and so can send a wrong one
const withoutLength = (headers: Record<string, string>) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'content-length'));

describe('media', () => {
  let bucket: RunningBucket;
  let booted: BootedService;
  const clock = new FakeClock(new Date());

  beforeAll(async () => {
    bucket = await startBucket({ buckets: ['lyceum'], accessKeyId: 'AKID', secretAccessKey: 'secret' });
    const env = {
      S3_ENDPOINT: bucket.url,
      S3_REGION: 'us-east-1',
      S3_BUCKET: 'lyceum',
      S3_ACCESS_KEY_ID: 'AKID',
      S3_SECRET_ACCESS_KEY: 'secret',
      S3_FORCE_PATH_STYLE: 'true',
    };
    booted = await bootService(media, { env, clock });
  });
  afterAll(async () => {
    await booted.close();
    await bucket.close();
  });

  const begin = async (fileName: string, contentType: string, size: number) =>
    (await booted.call('POST', '/media', { as: grace, body: { fileName, contentType, size } })).body as Upload;
  const put = ({ upload }: Upload, bytes: Buffer, headers = upload.headers) =>
    fetch(upload.url, { method: 'PUT', headers: withoutLength(headers), body: new Uint8Array(bytes) });
  const complete = (mediaId: string, as = grace) => booted.call('POST', `/media/${mediaId}/completion`, { as });
  async function uploaded(fileName: string, contentType: string, bytes: Buffer): Promise<string> {
    const wish = await begin(fileName, contentType, bytes.length);
    expect((await put(wish, bytes)).status).toBe(200);
    expect(await complete(wish.mediaId)).toMatchObject({ status: 200, body: { status: 'ready' } });
    return wish.mediaId;
  }
  const delivery = (mediaId: string, as?: As) => booted.call('GET', `/media/${mediaId}/delivery`, { as });

  describe('an upload', () => {
    it('goes straight to the storage, is checked, announced once, and delivered byte for byte', async () => {
      const mediaId = await uploaded('Begrüßung.mp4', 'video/mp4', mp4);
      expect(await complete(mediaId)).toMatchObject({
        status: 200,
        body: { status: 'ready', kind: 'video', size: mp4.length },
      });
      const { url } = (await delivery(mediaId, grace)).body as { url: string };
      const file = await fetch(url);
      expect(file.headers.get('content-type')).toBe('video/mp4');
      expect(file.headers.get('content-disposition')).toContain("filename*=UTF-8''Begr%C3%BC%C3%9Fung.mp4");
      expect(Buffer.from(await file.arrayBuffer()).equals(mp4)).toBe(true);
      expect((await fetch(url, { headers: { range: 'bytes=0-99' } })).status).toBe(206);
      await eventually(() =>
        expect(booted.bus.ofType('media.ready.v1').filter((event) => event.subject === mediaId)).toHaveLength(1),
      );
    });
    it('is refused by the storage with another type or length, a second time, or elsewhere', async () => {
      const wish = await begin('a.png', 'image/png', png.length);
      expect((await put(wish, png.subarray(1))).status).toBe(403);
      expect((await put(wish, png, { ...wish.upload.headers, 'content-type': 'text/html' })).status).toBe(403);
      const elsewhere = { ...wish, upload: { ...wish.upload, url: wish.upload.url.replace('quarantine/', 'media/') } };
      expect((await put(elsewhere, png)).status).toBe(403);
      expect((await put(wish, png)).status).toBe(200);
      expect((await put(wish, png)).status).toBe(412);
    });
    it('that is not what it claims to be is thrown away, and nobody gets it', async () => {
      const program = Buffer.concat([Buffer.from('MZ'), Buffer.alloc(500)]);
      const wish = await begin('a.png', 'image/png', program.length);
      await put(wish, program);
      for (let i = 0; i < 2; i += 1)
        expect(await complete(wish.mediaId)).toMatchObject({ status: 422, body: { code: 'media.type-mismatch' } });
      expect(await delivery(wish.mediaId, grace)).toMatchObject({ status: 403 });
      expect(await booted.call('GET', `/media/${wish.mediaId}`, { as: grace })).toMatchObject({
        body: { status: 'rejected', reason: expect.any(String) as string },
      });
      await eventually(() =>
        expect(booted.bus.ofType('media.rejected.v1').filter((event) => event.subject === wish.mediaId)).toHaveLength(
          1,
        ),
      );
    });
    it('of which several checks run at once becomes ready once', async () => {
      const wish = await begin('a.png', 'image/png', png.length);
      await put(wish, png);
      const answers = await Promise.all(Array.from({ length: 5 }, () => complete(wish.mediaId)));
      for (const { status } of answers) expect([200, 409]).toContain(status);
      expect(await complete(wish.mediaId)).toMatchObject({ status: 200, body: { status: 'ready' } });
      expect((await fetch(((await delivery(wish.mediaId, grace)).body as { url: string }).url)).status).toBe(200);
      await eventually(() =>
        expect(booted.bus.ofType('media.ready.v1').filter((event) => event.subject === wish.mediaId)).toHaveLength(1),
      );
    });
    it('that never comes is given up, and one that is too late is refused', async () => {
      const wish = await begin('a.png', 'image/png', png.length);
      expect(await complete(wish.mediaId)).toMatchObject({ status: 409, body: { code: 'media.not-uploaded' } });
      clock.advance(1_000_000);
      expect(await complete(wish.mediaId)).toMatchObject({ status: 409, body: { code: 'media.upload-expired' } });
      clock.advance(4_000_000);
      await booted.service.app.get(OverdueUploads).sweep();
      expect(await booted.call('GET', `/media/${wish.mediaId}`, { as: grace })).toMatchObject({
        body: { status: 'rejected' },
      });
    });
    it('refuses visitors, learners, the unverified, foreign files, and bad wishes', async () => {
      const body = { fileName: 'a.png', contentType: 'image/png', size: 5 };
      const wish = await begin('a.png', 'image/png', 5);
      const other: As = { id: 'other', roles: ['INSTRUCTOR'] };
      const refusals: [number, string, string, string, Parameters<BootedService['call']>[2]][] = [
        [401, 'http.not-signed-in', 'POST', '/media', { body }],
        [403, 'http.not-allowed', 'POST', '/media', { as: ada, body }],
        [403, 'http.email-not-verified', 'POST', '/media', { as: { ...grace, verified: false }, body }],
        [400, 'http.invalid-request', 'POST', '/media', { as: grace, body: { ...body, size: -1 } }],
        [422, 'media.type-not-allowed', 'POST', '/media', { as: grace, body: { ...body, contentType: 'text/html' } }],
        [422, 'media.too-large', 'POST', '/media', { as: grace, body: { ...body, size: 11_000_000 } }],
        [401, 'http.not-signed-in', 'POST', `/media/${wish.mediaId}/completion`, {}],
        [404, 'media.not-found', 'POST', `/media/${wish.mediaId}/completion`, { as: other }],
        [401, 'http.not-signed-in', 'GET', `/media/${wish.mediaId}`, {}],
        [403, 'http.not-allowed', 'GET', `/media/${wish.mediaId}`, { as: ada }],
        [404, 'media.not-found', 'GET', `/media/${wish.mediaId}`, { as: other }],
      ];
      for (const [status, code, method, path, call] of refusals)
        expect(await booted.call(method, path, call)).toMatchObject({ status, body: { code } });
    });
  });

  describe('a published course', () => {
    let files: Record<'thumbnail' | 'preview' | 'video' | 'handout', string>;
    const lecture = (mediaId: string, preview: boolean, ...resourceMediaIds: string[]) => ({
      lectureId: mediaId,
      title: 'l',
      kind: 'video' as const,
      mediaId,
      resourceMediaIds,
      durationSeconds: 1,
      preview,
    });
    const publish = (version: number, courseId = 'c1') =>
      booted.deliver(
        coursePublished,
        dataOf(coursePublished, {
          courseId,
          thumbnailMediaId: files.thumbnail,
          sections: [
            {
              sectionId: 's',
              title: 's',
              lectures: [lecture(files.preview, true), lecture(files.video, false, files.handout)],
            },
          ],
        }),
        { subject: courseId, version },
      );
    const enrollment = (learnerId: string, courseId = 'c1') => ({
      enrollmentId: `${learnerId}:${courseId}`,
      learnerId,
      courseId,
      courseTitle: 'C1',
    });
    const begun = (learnerId: string, version: number, courseId = 'c1') =>
      booted.deliver(
        enrollmentActivated,
        { ...enrollment(learnerId, courseId), grant: { kind: 'free', id: 'g' }, activatedAt: at },
        { version },
      );
    const ended = (learnerId: string, version: number) =>
      booted.deliver(enrollmentEnded, { ...enrollment(learnerId), reason: 'refunded', endedAt: at }, { version });

    beforeAll(async () => {
      files = {
        thumbnail: await uploaded('t.png', 'image/png', png),
        preview: await uploaded('p.mp4', 'video/mp4', mp4),
        video: await uploaded('v.mp4', 'video/mp4', mp4),
        handout: await uploaded('h.txt', 'text/plain', Buffer.from('notes')),
      };
      await publish(1);
    });

    it('shows its thumbnail and previews to everybody, and sends browsers straight to the file', async () => {
      expect(await delivery(files.thumbnail)).toMatchObject({ status: 200 });
      expect(await delivery(files.preview)).toMatchObject({ status: 200 });
      const redirect = await booted.call('GET', `/media/${files.thumbnail}/content`);
      expect(redirect.status).toBe(302);
      expect((await fetch(redirect.headers.get('location') ?? '')).headers.get('content-type')).toBe('image/png');
    });
    it('delivers the rest to those who are enrolled: a stranger gets 403, a visitor 401, whether or not it is there', async () => {
      for (const mediaId of [files.video, files.handout, 'no-such-file']) {
        expect(await delivery(mediaId)).toMatchObject({ status: 401, body: { code: 'http.not-signed-in' } });
        expect(await delivery(mediaId, ada)).toMatchObject({ status: 403, body: { code: 'media.not-entitled' } });
        expect(await booted.call('GET', `/media/${mediaId}/content`)).toMatchObject({ status: 401 });
      }
      await begun('ada', 1);
      expect(await delivery(files.video, ada)).toMatchObject({ status: 200 });
      const { url } = (await delivery(files.handout, ada)).body as { url: string };
      expect((await fetch(url)).headers.get('content-disposition')).toMatch(/^attachment/);
      expect(await delivery(files.video, { id: 'root', roles: ['ADMIN'] })).toMatchObject({ status: 200 });
    });
    it('ends access with the enrolment, also when its events come twice and in the wrong order', async () => {
      await ended('bob', 2);
      await begun('bob', 1);
      await begun('bob', 1);
      expect(await delivery(files.video, { id: 'bob' })).toMatchObject({ status: 403 });
      await begun('bob', 3);
      expect(await delivery(files.video, { id: 'bob' })).toMatchObject({ status: 200 });
    });
    it('stays with those who are enrolled when it is archived, and closes for visitors', async () => {
      await begun('eve', 1);
      await booted.deliver(
        courseArchived,
        { courseId: 'c1', instructorId: 'grace', archivedAt: at },
        { subject: 'c1', version: 5 },
      );
      await publish(4);
      expect(await delivery(files.thumbnail)).toMatchObject({ status: 401 });
      expect(await delivery(files.thumbnail, { id: 'eve' })).toMatchObject({ status: 200 });
      expect(await delivery(files.video, { id: 'eve' })).toMatchObject({ status: 200 });
    });
    it('stays with those who are enrolled also when its end was heard of before its beginning', async () => {
      const archived = { courseId: 'c2', instructorId: 'grace', archivedAt: at };
      await booted.deliver(courseArchived, archived, { subject: 'c2', version: 3 });
      await publish(2, 'c2');
      await begun('late', 1, 'c2');
      expect(await delivery(files.video, { id: 'late' })).toMatchObject({ status: 200 });
      expect(await delivery(files.thumbnail)).toMatchObject({ status: 401 });
    });
  });

  it('understands every recorded event that it listens to', async () => {
    for (const { type } of reactionsOf(Reactions))
      for (const sample of goldenSamples(type))
        await expect(booted.bus.publishTo('media', [Envelope.parse(sample)])).resolves.toBeUndefined();
  });
});
