import { readFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { z } from 'zod';
import type { Api } from './api.js';
import { until } from './until.js';

const Upload = z.object({
  mediaId: z.string(),
  upload: z.object({ method: z.string(), url: z.url(), headers: z.record(z.string(), z.string()) }),
});
const Identified = (key: string) => z.looseObject({ [key]: z.string() });

export const assets = join(import.meta.dirname ?? __dirname, '../assets');
const types: Readonly<Record<string, string>> = { '.png': 'image/png', '.mp4': 'video/mp4', '.pdf': 'application/pdf' };

/** Uploads a file by a presigned URL straight to the storage, and has it checked. @returns its media id */
export async function upload(teacher: Api, file: string): Promise<string> {
  const bytes = await readFile(file);
  const contentType = types[extname(file)] ?? 'application/octet-stream';
  const body = { fileName: basename(file), contentType, size: bytes.length };
  const { mediaId, upload: target } = await teacher.post('/media', { body, expect: 201, schema: Upload });
  await teacher.send(target.method, target.url, 200, { headers: target.headers, body: new Uint8Array(bytes) });
  await teacher.post(`/media/${mediaId}/completion`, { expect: 200 });
  return mediaId;
}

export type LectureDraft =
  | { kind: 'video'; title: string; video: string; durationSeconds: number; preview?: boolean }
  | { kind: 'article'; title: string; content: string; durationSeconds: number; preview?: boolean }
  | { kind: 'quiz'; title: string; questions: readonly object[]; durationSeconds: number };

export interface CourseDraft {
  readonly title: string;
  readonly summary: string;
  readonly description: string;
  readonly category: string;
  readonly difficulty: 'beginner' | 'intermediate' | 'advanced';
  readonly language: string;
  readonly tags: readonly string[];
  readonly price: { readonly amount: number; readonly currency: string };
  readonly thumbnail: string;
  readonly sections: readonly { readonly title: string; readonly lectures: readonly LectureDraft[] }[];
}

export interface AuthoredCourse {
  readonly courseId: string;
  readonly lectures: readonly {
    readonly lectureId: string;
    readonly kind: LectureDraft['kind'];
    readonly mediaId?: string;
    readonly quizId?: string;
  }[];
}

/** Writes a course with all that it needs, as an instructor does it, and publishes it. */
export async function authorCourse(
  teacher: Api,
  { sections, thumbnail, ...about }: CourseDraft,
): Promise<AuthoredCourse> {
  const courseId = await idOf(teacher, '/courses', about, 'courseId');
  const thumbnailMediaId = await upload(teacher, join(assets, thumbnail));
  await teacher.patch(`/courses/${courseId}`, { body: { thumbnailMediaId }, expect: 200 });
  const lectures: AuthoredCourse['lectures'][number][] = [];
  for (const section of sections) {
    const sectionId = await idOf(teacher, `/courses/${courseId}/sections`, { title: section.title }, 'sectionId');
    for (const draft of section.lectures) {
      const { body, ...parts } = await lectureOf(teacher, draft);
      const lectureId = await idOf(teacher, `/courses/${courseId}/sections/${sectionId}/lectures`, body, 'lectureId');
      lectures.push({ lectureId, kind: draft.kind, ...parts });
    }
  }
  // what was uploaded a moment ago may not have been heard of yet
  await until(() => teacher.post(`/courses/${courseId}/publish`, { expect: 200 }));
  return { courseId, lectures };
}

async function lectureOf(
  teacher: Api,
  draft: LectureDraft,
): Promise<{ body: object; mediaId?: string; quizId?: string }> {
  if (draft.kind === 'video') {
    const { video, ...rest } = draft;
    const mediaId = await upload(teacher, join(assets, video));
    return { body: { ...rest, mediaId }, mediaId };
  }
  if (draft.kind === 'quiz') {
    const { questions, ...rest } = draft;
    const quizId = await idOf(teacher, '/quizzes', { title: draft.title, passPercent: 60, questions }, 'quizId');
    return { body: { ...rest, quizId }, quizId };
  }
  return { body: draft };
}

async function idOf(api: Api, path: string, body: object, key: string): Promise<string> {
  const answer = await api.post(path, { body, expect: 201, schema: Identified(key) });
  return String(answer[key]);
}
