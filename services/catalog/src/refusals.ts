import { defineRefusals } from '@lyceum/kernel';

export const refusals = defineRefusals('catalog', {
  courseNotFound: { status: 404, title: 'There is no such course' },
  sectionNotFound: { status: 404, title: 'The course has no such section' },
  lectureNotFound: { status: 404, title: 'The course has no such lecture' },
  notEntitled: { status: 403, title: 'You do not have this course' },
  notPublishable: { status: 422, title: 'The course cannot be published yet' },
  outlineMismatch: { status: 422, title: 'The outline must name every section and lecture exactly once' },
  notOfThisKind: { status: 422, title: 'A lecture of this kind has no such field' },
  limitReached: { status: 422, title: 'The course is as large as a course can be' },
  publishingContested: { status: 409, title: 'The course is being changed at the same time; try again' },
});
