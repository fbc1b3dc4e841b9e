import { Difficulty, Id, MoneyValue } from '@lyceum/contracts';
import { z } from 'zod';

// C0 controls but tab and line breaks, and halves of characters: no text needs them, and some stores refuse them
// oxlint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F]/;
const readable = (text: string): boolean => text.isWellFormed() && !CONTROLS.test(text);
const text = (longest: number) => z.string().max(longest).refine(readable, 'contains characters that are not text');
const line = (longest: number) =>
  text(longest)
    .trim()
    .min(1)
    .regex(/^[^\n\r\t]*$/, 'must be one line');

const title = line(200);
const summary = text(500).trim();
const description = text(20_000).describe('Markdown; kept as written and never rendered by us');
const label = (longest: number) =>
  line(longest)
    .toLowerCase()
    .regex(/^[^,]*$/, 'must not contain a comma');
const language = z
  .string()
  .max(35)
  .regex(/^[a-z]{2,3}(-[A-Za-z\d]{2,8})*$/, 'must be a language tag such as en or pt-BR')
  .describe('BCP 47');
const tags = z
  .array(label(40))
  .max(20)
  .refine((all) => new Set(all).size === all.length, 'repeats a tag');
const price = MoneyValue.extend({ amount: z.int().min(0).max(99_999_999) })
  .strict()
  .describe('in minor units; amount 0 is a free course, otherwise at least 50');

export const NewCourse = z
  .strictObject({
    title,
    summary: summary.default(''),
    description: description.default(''),
    category: label(60).optional(),
    difficulty: Difficulty.optional(),
    language: language.default('en'),
    tags: tags.default([]),
    price: price.optional(),
    thumbnailMediaId: Id.optional(),
  })
  .meta({ id: 'NewCourse' });
export type NewCourse = z.infer<typeof NewCourse>;

export const CourseEdit = z
  .strictObject({
    title: title.optional(),
    summary: summary.optional(),
    description: description.optional(),
    category: label(60).nullish(),
    difficulty: Difficulty.nullish(),
    language: language.optional(),
    tags: tags.optional(),
    price: price.nullish(),
    thumbnailMediaId: Id.nullish(),
  })
  .describe('what is left out stays; null takes a value back')
  .meta({ id: 'CourseEdit' });
export type CourseEdit = z.infer<typeof CourseEdit>;

const position = z.int().min(0).max(500).optional().describe('0 is the first place; without it the last');

export const NewSection = z.strictObject({ title, position }).meta({ id: 'NewSection' });
export type NewSection = z.infer<typeof NewSection>;

export const SectionEdit = z.strictObject({ title }).meta({ id: 'SectionEdit' });
export type SectionEdit = z.infer<typeof SectionEdit>;

const content = text(200_000).describe('Markdown; kept as written and never rendered by us');
const resources = z.array(Id).max(20);
const seconds = z.int().min(0).max(360_000);

const lectureFields = {
  title,
  resourceMediaIds: resources.default([]),
  durationSeconds: seconds.default(0),
  preview: z.boolean().default(false).describe('open to visitors'),
  position,
};

export const NewLecture = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('article'), content: content.optional(), ...lectureFields }),
    z.strictObject({ kind: z.literal('video'), mediaId: Id.optional(), ...lectureFields }),
    z.strictObject({ kind: z.literal('document'), mediaId: Id.optional(), ...lectureFields }),
    z.strictObject({ kind: z.literal('quiz'), quizId: Id.optional(), ...lectureFields }),
  ])
  .meta({ id: 'NewLecture' });
export type NewLecture = z.infer<typeof NewLecture>;

export const LectureEdit = z
  .strictObject({
    title: title.optional(),
    content: content.nullish(),
    mediaId: Id.nullish(),
    quizId: Id.nullish(),
    resourceMediaIds: resources.optional(),
    durationSeconds: seconds.optional(),
    preview: z.boolean().optional(),
  })
  .describe('what is left out stays; null takes a value back; the kind cannot change')
  .meta({ id: 'LectureEdit' });
export type LectureEdit = z.infer<typeof LectureEdit>;

export const OutlineOrder = z
  .strictObject({
    sections: z.array(z.strictObject({ sectionId: Id, lectures: z.array(Id).max(500) })).max(100),
  })
  .describe('every section and every lecture exactly once, in the new order')
  .meta({ id: 'OutlineOrder' });
export type OutlineOrder = z.infer<typeof OutlineOrder>;

export const CourseParams = z.object({ courseId: Id });
export type CourseParams = z.infer<typeof CourseParams>;
export const SectionParams = CourseParams.extend({ sectionId: Id });
export type SectionParams = z.infer<typeof SectionParams>;
export const LectureParams = CourseParams.extend({ lectureId: Id });
export type LectureParams = z.infer<typeof LectureParams>;
