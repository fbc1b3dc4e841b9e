import { defineRefusals } from '@lyceum/kernel';

export const refusals = defineRefusals('progress', {
  notEntitled: { status: 403, title: 'You do not have this course' },
  lectureNotFound: { status: 404, title: 'This course has no such lecture' },
  quizMustBePassed: { status: 409, title: 'A quiz is completed by passing it' },
  beyondLecture: { status: 422, title: 'The lecture does not last that long' },
  quizNotFound: { status: 404, title: 'There is no such quiz' },
  unknownQuestion: { status: 422, title: 'The quiz has no such question or option' },
  whichCourse: { status: 422, title: 'Several of your courses contain this quiz: say which one' },
  noAttemptsLeft: { status: 409, title: 'You have used all attempts' },
  attemptNotFound: { status: 404, title: 'You have no such attempt' },
  answerDoesNotFit: { status: 422, title: 'An answer does not fit its question' },
  timeIsUp: { status: 409, title: 'The time for this attempt is over' },
  alreadySubmitted: { status: 409, title: 'This attempt was submitted with other answers' },
  certificateNotFound: { status: 404, title: 'There is no such certificate' },
  certificateRevoked: { status: 410, title: 'This certificate has been revoked' },
  courseNotFound: { status: 404, title: 'There is no such published course' },
  notYourCourse: { status: 403, title: 'This is not your course' },
});
