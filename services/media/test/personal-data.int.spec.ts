import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { courseArchived, coursePublished, enrollmentActivated, enrollmentEnded } from '@lyceum/contracts';
import { type RunningBucket, startBucket } from '@lyceum/embedded/bucket';
import { CONFIG } from '@lyceum/host';
import { newId } from '@lyceum/kernel';
import {
  type As,
  type BootedService,
  FakeClock,
  bootService,
  collected,
  dataOf,
  eraseFrom,
  eventually,
  tracesOf,
} from '@lyceum/testing';
import type { Config } from '../src/config.js';
import { media } from '../src/service.js';
import { BucketAway, MediaBucket } from '../src/storage/bucket.js';
import { OverdueUploads } from '../src/uploads/overdue.js';

jest.setTimeout(60_000);

const png = readFileSync(join(__dirname, '../../../deploy/local/assets/bread-at-home.png'));
const HOUR = 3_600_000;
const canary = 'Canary Hopper';

interface Upload {
  mediaId: string;
  upload: { url: string; headers: Record<string, string> };
}

describe('the personal data of media', () => {
  let bucket: RunningBucket;
  let booted: BootedService;
  let people = 0;
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

  const teacher = (): As => ({ id: `teacher-${(people += 1)}-x`, roles: ['INSTRUCTOR'] });
  const files = () => booted.service.app.get(MediaBucket);
  const sweep = () => booted.service.app.get(OverdueUploads).sweep();
  const delivery = async (mediaId: string, as: As) =>
    (await booted.call('GET', `/media/${mediaId}/delivery`, { as })).status;

  async function begin(as: As, fileName: string, size = png.length): Promise<Upload> {
    const body = { fileName, contentType: 'image/png', size };
    const headers = { 'idempotency-key': `key-${fileName}-${as.id}`.replaceAll(/[^\w-]/g, '') };
    return (await booted.call('POST', '/media', { as, body, headers })).body as Upload;
  }
  const put = async ({ upload }: Upload, bytes: Buffer) => {
    const { 'content-length': _, ...headers } = upload.headers;
    return (await fetch(upload.url, { method: 'PUT', headers, body: new Uint8Array(bytes) })).status;
  };
  async function uploaded(as: As, fileName: string): Promise<string> {
    const wish = await begin(as, fileName);
    await put(wish, png);
    const { status } = await booted.call('POST', `/media/${wish.mediaId}/completion`, { as });
    expect(status).toBe(200);
    return wish.mediaId;
  }
  const publish = (courseId: string, instructorId: string, thumbnailMediaId: string) =>
    booted.deliver(
      coursePublished,
      dataOf(coursePublished, { courseId, instructorId, thumbnailMediaId, sections: [] }),
      { subject: courseId, version: 1 },
    );
  const archive = (courseId: string) =>
    booted.deliver(courseArchived, dataOf(courseArchived, { courseId }), { subject: courseId, version: 2 });
  const enrolments = new Map<string, string>();
  const enrolment = (learnerId: string, courseId: string) => {
    const key = `${learnerId}:${courseId}`;
    const enrollmentId = enrolments.get(key) ?? newId();
    enrolments.set(key, enrollmentId);
    return { enrollmentId, learnerId, courseId };
  };
  const enrol = (learnerId: string, courseId: string, version = 1) =>
    booted.deliver(enrollmentActivated, dataOf(enrollmentActivated, enrolment(learnerId, courseId)), { version });
  const leave = (learnerId: string, courseId: string) =>
    booted.deliver(enrollmentEnded, dataOf(enrollmentEnded, enrolment(learnerId, courseId)), { version: 2 });

  /** Somebody with a file in a course that a learner has, one in no course, one on its way, and one that was rejected. */
  async function everything() {
    const as = teacher();
    const courseId = newId();
    const inCourse = await uploaded(as, `${canary} teaches.png`);
    const portrait = await uploaded(as, `${canary}.png`);
    const onItsWay = await begin(as, `${canary} later.png`);
    await put(onItsWay, png);
    const wrong = await begin(as, `${canary} wrong.png`, 500);
    await put(wrong, Buffer.concat([Buffer.from('MZ'), Buffer.alloc(498)]));
    await booted.call('POST', `/media/${wrong.mediaId}/completion`, { as });
    const stat = await files().stat(`quarantine/${onItsWay.mediaId}`);
    // what a check that crashed between its copy and its write has left
    await files().copy(`quarantine/${onItsWay.mediaId}`, `media/${portrait}/left`, stat?.etag ?? '', 'image/png');
    await publish(courseId, as.id, inCourse);
    const learner = { id: newId() };
    await enrol(learner.id, courseId);
    await enrol(as.id, 'elsewhere');
    await eventually(() =>
      expect(booted.bus.published.filter(({ data }) => JSON.stringify(data).includes(as.id))).toHaveLength(3),
    );
    return { as, courseId, learner, inCourse, portrait, onItsWay, wrong: wrong.mediaId };
  }

  it('is exported whole: files with what they are and how to get them, and nothing of anybody else', async () => {
    const { as, inCourse, portrait, onItsWay, wrong } = await everything();
    const other = teacher();
    await uploaded(other, 'theirs.png');
    const { files: listed = [], ...rest } = await collected(booted.service, as.id);
    expect(listed).toHaveLength(4);
    expect(listed).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ mediaId: inCourse, fileName: `${canary} teaches.png`, bytes: png.length }),
        expect.objectContaining({ mediaId: portrait, status: 'ready', etag: expect.stringMatching(/^"[\da-f]{32}"$/) }),
        expect.objectContaining({ mediaId: onItsWay.mediaId, status: 'awaiting' }),
        expect.objectContaining({ mediaId: wrong, status: 'rejected', reason: expect.any(String) }),
      ]),
    );
    expect(listed.find(({ mediaId }) => mediaId === portrait)).toMatchObject({
      download: expect.stringContaining(`/media/${portrait}/delivery`),
    });
    expect(rest).toEqual({ 'courses-you-have': [{ courseId: 'elsewhere', active: true }] });
    await eraseFrom(booted, as.id);
  });

  it('is erased: files, quarantine and leftovers are gone, except what learners of a course need, which has no name any more', async () => {
    const { as, learner, inCourse, portrait, onItsWay, wrong } = await everything();
    const other = teacher();
    const theirs = await uploaded(other, 'theirs.png');
    expect(JSON.stringify(await collected(booted.service, as.id))).toContain(canary);
    const receipt = await eraseFrom(booted, as.id);
    expect(receipt).toMatchObject({
      status: 'erased',
      found: expect.arrayContaining([
        { what: 'uploaded files', count: 2 },
        { what: 'notes of who may see the files of a course', count: 1 },
      ]),
      kept: [
        { what: 'files in published courses, without the names that you gave them' },
        { what: 'the number of an upload that was begun' },
      ],
    });
    expect(await tracesOf(booted.service, canary)).toEqual([]);
    const left = (await tracesOf(booted.service, as.id)).filter((place) => !place.startsWith('event_log/'));
    expect(left.sort()).toEqual([`erased_people/${as.id}`, `media/${inCourse}`, `media/${onItsWay.mediaId}`].sort());
    for (const id of [portrait, wrong, onItsWay.mediaId])
      for (const key of [`quarantine/${id}`, `media/${id}/left`]) expect(await files().stat(key)).toBeUndefined();
    expect(await delivery(portrait, { id: 'root', roles: ['ADMIN'] })).toBe(403);
    // others have lost nothing
    expect(await delivery(inCourse, learner)).toBe(200);
    const { body } = await booted.call('GET', `/media/${inCourse}/delivery`, { as: learner });
    const file = await fetch((body as { url: string }).url);
    expect(file.headers.get('content-disposition')).toContain('filename="image.png"');
    expect(Buffer.from(await file.arrayBuffer()).equals(png)).toBe(true);
    expect(await delivery(theirs, other)).toBe(200);
    expect(await collected(booted.service, other.id)).toMatchObject({ files: [{ fileName: 'theirs.png' }] });
  });

  it('goes for good when the last learner has left, and with an upload that was still allowed', async () => {
    const { as, courseId, learner, inCourse, onItsWay } = await everything();
    await eraseFrom(booted, as.id);
    await archive(courseId);
    await sweep();
    expect(await delivery(inCourse, learner)).toBe(200);
    await leave(learner.id, courseId);
    await sweep();
    expect(await tracesOf(booted.service, inCourse)).not.toContain(`media/${inCourse}`);
    expect(await put(onItsWay, png)).toBe(200); // its address still works
    clock.advance(3 * HOUR);
    await sweep();
    expect(await files().stat(`quarantine/${onItsWay.mediaId}`)).toBeUndefined();
    const left = (await tracesOf(booted.service, as.id)).filter((place) => place.startsWith('media/'));
    expect(left).toEqual([]);
  });

  it('once erased comes back with no late or repeated event, and an interrupted erasure is taken up again', async () => {
    const { as, courseId } = await everything();
    const failing = jest.spyOn(files(), 'removeAll').mockRejectedValueOnce(new Error('The bucket is away'));
    await expect(eraseFrom(booted, as.id)).rejects.toThrow('The bucket is away');
    failing.mockRestore();
    const first = await eraseFrom(booted, as.id);
    const places = await tracesOf(booted.service, as.id);
    for (const version of [1, 2, 3]) await enrol(as.id, 'elsewhere', version);
    await enrol(as.id, 'never-heard-of');
    await publish(courseId, as.id, 'm1');
    expect(await eraseFrom(booted, as.id)).toMatchObject({ found: first.found, kept: first.kept });
    expect(await tracesOf(booted.service, canary)).toEqual([]);
    const more = (await tracesOf(booted.service, as.id)).filter((place) => !places.includes(place));
    expect(more.filter((place) => !place.startsWith('event_log/'))).toEqual([]);
    expect(await collected(booted.service, as.id)).not.toHaveProperty('courses-you-have');
  });

  it('waits for a bucket that does not answer, and no message fails for that', async () => {
    const as = teacher();
    const mediaId = await uploaded(as, `${canary}.png`);
    const away = jest
      .spyOn(files(), 'removeAll')
      .mockRejectedValueOnce(new BucketAway('a connection that was refused'));
    expect(await eraseFrom(booted, as.id)).toMatchObject({
      status: 'erasing',
      passes: 0,
      nextPassAt: expect.any(Date),
    });
    away.mockRestore();
    // its name is gone all the same
    expect((await tracesOf(booted.service, canary)).filter((place) => !place.startsWith('event_log/'))).toEqual([]);
    expect(await eraseFrom(booted, as.id)).toMatchObject({ status: 'erased' });
    expect(await tracesOf(booted.service, mediaId)).not.toContain(`media/${mediaId}`);
  });

  it('tells a bucket that is away from one that refuses us', async () => {
    const config = booted.service.app.get<Config>(CONFIG);
    const at = (S3_ENDPOINT: string, S3_SECRET_ACCESS_KEY: string) =>
      new MediaBucket({ ...config, S3_ENDPOINT, S3_SECRET_ACCESS_KEY });
    await expect(at('http://127.0.0.1:1', 'secret').remove('x')).rejects.toThrow(BucketAway);
    await expect(at(bucket.url, 'another').remove('x')).rejects.not.toThrow(BucketAway);
  });
});
