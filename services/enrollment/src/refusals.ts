import { defineRefusals } from '@lyceum/kernel';

export const refusals = defineRefusals('enrollment', {
  courseNotOffered: { status: 404, title: 'No such course is offered' },
  paymentRequired: { status: 402, title: 'This course must be bought' },
  ownCourse: { status: 409, title: 'You teach this course' },
  notFound: { status: 404, title: 'You have no such enrolment' },
});
