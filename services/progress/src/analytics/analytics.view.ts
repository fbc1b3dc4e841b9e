import { pageOf } from '@lyceum/http';
import { z } from 'zod';

export const CourseNumbers = z
  .object({
    courseId: z.string(),
    title: z.string(),
    enrolled: z.int().describe('learners who ever had the course'),
    active: z.int().describe('learners who have it now'),
    started: z.int(),
    completed: z.int(),
    certificates: z.int(),
    averagePercent: z.number().describe('of the current edition, over everybody who was ever enrolled'),
  })
  .meta({ id: 'CourseNumbers' });
export type CourseNumbers = z.infer<typeof CourseNumbers>;

export const CourseNumbersPage = pageOf(CourseNumbers)
  .extend({ asOf: z.iso.datetime() })
  .meta({ id: 'CourseNumbersPage' });
export type CourseNumbersPage = z.infer<typeof CourseNumbersPage>;

export const CourseAnalytics = CourseNumbers.extend({
  lectures: z
    .array(z.object({ lectureId: z.string(), title: z.string(), completed: z.int() }))
    .describe('the funnel: how many learners have completed each lecture'),
  quizzes: z.array(
    z.object({
      quizId: z.string(),
      attempts: z.int(),
      passed: z.int().describe('attempts that passed'),
      averageScore: z.number().nullable().describe('percent, of the graded attempts; null without any'),
      items: z.array(
        z.object({
          questionId: z.string(),
          prompt: z.string().optional().describe('absent when the question is no longer in the quiz'),
          answered: z.int().describe('graded attempts that asked it'),
          correctRate: z.number().describe('0 to 1'),
        }),
      ),
    }),
  ),
  asOf: z.iso.datetime(),
}).meta({ id: 'CourseAnalytics' });
export type CourseAnalytics = z.infer<typeof CourseAnalytics>;
