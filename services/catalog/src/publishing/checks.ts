import type { MediaKind } from '@lyceum/contracts';
import { isCurrency } from '@lyceum/kernel';
import type { Course, Details, Lecture, Publishable } from '../courses/course.js';
import { lecturesOf } from '../courses/outline.js';

/** Something that stands between a draft and its publication. */
export interface Missing {
  /** Where: `details.price`, `sections.0.lectures.2.mediaId`. */
  readonly path: string;
  readonly message: string;
}

/** What the catalog knows of a file; it is media that decides about it. */
export type MediaFact =
  | { readonly status: 'ready'; readonly ownerId: string; readonly kind: MediaKind }
  | { readonly status: 'rejected'; readonly ownerId: string; readonly reason: string };

export interface Facts {
  readonly media: ReadonlyMap<string, MediaFact>;
  readonly quizzes: ReadonlyMap<string, { readonly ownerId: string }>;
}

/** Stripe does not take less. */
const LOWEST_PRICE = 50;
const SUMMARY_LENGTH = 280;

/** The ids whose facts decide whether the course can be published. */
export function factsNeeded({ details, sections }: Pick<Course, 'details' | 'sections'>) {
  const lectures = lecturesOf(sections);
  const media = lectures.flatMap((each) => [...('mediaId' in each ? [each.mediaId] : []), ...each.resourceMediaIds]);
  const quizzes = lectures.flatMap((each) => ('quizId' in each ? [each.quizId] : []));
  const present = (ids: readonly (string | undefined)[]) => [...new Set(ids.filter((id) => id !== undefined))];
  return { media: present([details.thumbnailMediaId, ...media]), quizzes: present(quizzes) };
}

/** Everything that is missing, in the order in which an author meets it; or the course without gaps. */
export function checkPublishable(course: Course, facts: Facts): { missing: Missing[] } | { complete: Publishable } {
  const missing = [...missingDetails(course, facts), ...missingContent(course, facts)];
  const { summary, category, difficulty, price, thumbnailMediaId } = course.details;
  if (missing.length > 0 || !category || !difficulty || !price || !thumbnailMediaId) return { missing };
  const details: Required<Details> = {
    ...course.details,
    summary: summary || opening(course.details.description),
    category,
    difficulty,
    price,
    thumbnailMediaId,
  };
  return { complete: { details, sections: course.sections } };
}

function* missingDetails({ details, instructorId }: Course, facts: Facts): Iterable<Missing> {
  const { price, thumbnailMediaId } = details;
  if (!details.summary && !details.description)
    yield { path: 'summary', message: 'Say in a sentence what the course is about' };
  if (!details.category) yield { path: 'category', message: 'Choose a category' };
  if (!details.difficulty) yield { path: 'difficulty', message: 'Choose a difficulty' };
  if (!price) yield { path: 'price', message: 'Set a price; amount 0 is a free course' };
  else if (!isCurrency(price.currency)) yield { path: 'price.currency', message: 'Is not an ISO 4217 currency' };
  else if (price.amount < 0 || (price.amount > 0 && price.amount < LOWEST_PRICE))
    yield { path: 'price.amount', message: `Must be 0 or at least ${LOWEST_PRICE} minor units` };
  if (!thumbnailMediaId) yield { path: 'thumbnailMediaId', message: 'Add a thumbnail' };
  else yield* problemsOfMedia('thumbnailMediaId', thumbnailMediaId, 'image', instructorId, facts);
}

function* missingContent({ sections, instructorId }: Course, facts: Facts): Iterable<Missing> {
  if (sections.length === 0) yield { path: 'sections', message: 'Add a section' };
  for (const [s, section] of sections.entries()) {
    if (section.lectures.length === 0) yield { path: `sections.${s}.lectures`, message: 'Add a lecture' };
    for (const [l, lecture] of section.lectures.entries())
      yield* missingInLecture(`sections.${s}.lectures.${l}`, lecture, instructorId, facts);
  }
}

function* missingInLecture(path: string, lecture: Lecture, ownerId: string, facts: Facts): Iterable<Missing> {
  switch (lecture.kind) {
    case 'article':
      if (!lecture.content?.trim()) yield { path: `${path}.content`, message: 'Write the article' };
      break;
    case 'video':
    case 'document':
      if (!lecture.mediaId) yield { path: `${path}.mediaId`, message: `Upload the ${lecture.kind}` };
      else yield* problemsOfMedia(`${path}.mediaId`, lecture.mediaId, lecture.kind, ownerId, facts);
      break;
    case 'quiz':
      if (!lecture.quizId) yield { path: `${path}.quizId`, message: 'Choose the quiz' };
      else if (facts.quizzes.get(lecture.quizId)?.ownerId !== ownerId)
        yield { path: `${path}.quizId`, message: 'Is not a quiz of this instructor with questions' };
      break;
  }
  for (const [r, mediaId] of lecture.resourceMediaIds.entries())
    yield* problemsOfMedia(`${path}.resourceMediaIds.${r}`, mediaId, undefined, ownerId, facts);
}

/** Another person's file and one that nobody has uploaded look the same. */
function* problemsOfMedia(
  path: string,
  mediaId: string,
  kind: MediaKind | undefined,
  ownerId: string,
  { media }: Facts,
): Iterable<Missing> {
  const fact = media.get(mediaId);
  if (!fact || fact.ownerId !== ownerId)
    yield { path, message: 'Has not been uploaded yet, or is still being checked' };
  else if (fact.status === 'rejected') yield { path, message: `Was rejected: ${fact.reason}` };
  else if (kind && fact.kind !== kind) yield { path, message: `Is of kind ${fact.kind}, not ${kind}` };
}

/** The beginning of a text, ended at a word. */
function opening(text: string): string {
  const plain = text
    .replaceAll(/[#*_>`[\]]/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
  if (plain.length <= SUMMARY_LENGTH) return plain;
  return `${plain.slice(0, plain.lastIndexOf(' ', SUMMARY_LENGTH)).slice(0, SUMMARY_LENGTH)}…`;
}
