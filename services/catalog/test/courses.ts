import { mediaReady, quizDefined } from '@lyceum/contracts';
import { newId } from '@lyceum/kernel';
import { eventually } from '@lyceum/testing';
import type { Answer, CatalogUnderTest, Person } from './catalog.js';

/** A course in the making, with its files ready and its quiz defined. */
export interface Prepared {
  readonly courseId: string;
  readonly owner: Person;
  readonly thumbnailMediaId: string;
  readonly sections: readonly { sectionId: string; lectures: readonly { lectureId: string }[] }[];
}

export async function upload(
  catalog: CatalogUnderTest,
  owner: Person,
  kind: 'image' | 'video' | 'document' | 'resource',
): Promise<string> {
  const mediaId = newId();
  const file = {
    contentType: 'application/octet-stream',
    size: 1,
    fileName: 'file',
    readyAt: new Date().toISOString(),
  };
  await catalog.tell(mediaReady, { mediaId, ownerId: owner.sub, kind, ...file });
  return mediaId;
}

export async function quiz(catalog: CatalogUnderTest, owner: Person): Promise<string> {
  const quizId = newId();
  const about = { title: 'Check', questionCount: 3, definedAt: new Date().toISOString() };
  await catalog.tell(quizDefined, { quizId, ownerId: owner.sub, ...about });
  return quizId;
}

/** A course that can be published: a preview video, an article, a quiz. */
export async function prepare(
  catalog: CatalogUnderTest,
  owner: Person,
  details: Record<string, unknown> = {},
): Promise<Prepared> {
  const thumbnailMediaId = await upload(catalog, owner, 'image');
  const videoId = await upload(catalog, owner, 'video');
  const quizId = await quiz(catalog, owner);
  const as = owner;
  const body = {
    title: 'Practical TypeScript',
    summary: 'Types that help.',
    description: 'From **first types** to generics.',
    category: 'Programming',
    difficulty: 'beginner',
    tags: ['typescript'],
    price: { amount: 4900, currency: 'EUR' },
    thumbnailMediaId,
    ...details,
  };
  const { courseId } = succeeded(await catalog.ask('POST /courses', { as, body })).body;
  const add = async (path: string, added: unknown) =>
    succeeded(await catalog.ask(`POST /courses/${courseId}/${path}`, { as, body: added })).body;
  const first = await add('sections', { title: 'Start' });
  const second = await add('sections', { title: 'Check' });
  const welcome = await add(`sections/${first.sectionId}/lectures`, {
    kind: 'video',
    title: 'Welcome',
    mediaId: videoId,
    durationSeconds: 120,
    preview: true,
  });
  const article = await add(`sections/${first.sectionId}/lectures`, {
    kind: 'article',
    title: 'Read on',
    content: '# Types',
  });
  const test = await add(`sections/${second.sectionId}/lectures`, { kind: 'quiz', title: 'Quiz', quizId });
  const sections = [
    { sectionId: first.sectionId, lectures: [welcome, article] },
    { sectionId: second.sectionId, lectures: [test] },
  ];
  return { courseId, owner, thumbnailMediaId, sections };
}

export async function published(
  catalog: CatalogUnderTest,
  owner: Person,
  details: Record<string, unknown> = {},
): Promise<Prepared & { slug: string }> {
  const prepared = await prepare(catalog, owner, details);
  const { body } = succeeded(await catalog.ask(`POST /courses/${prepared.courseId}/publish`, { as: owner }));
  return { ...prepared, slug: body.slug };
}

/** Waits until search finds exactly `titles`, in any order. */
export const found = (catalog: CatalogUnderTest, query: string, titles: readonly string[]): Promise<Answer> =>
  eventually(async () => {
    const answer = await catalog.ask(`GET /courses?${query}`);
    expect(titlesOf(answer).sort()).toEqual([...titles].sort());
    return answer;
  });

export const titlesOf = (answer: Answer): string[] => answer.body.items.map(({ title }: { title: string }) => title);

export function succeeded(answer: Answer): Answer {
  if (answer.status >= 300) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
  return answer;
}
