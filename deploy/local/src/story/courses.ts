import type { CourseDraft } from '../authoring.js';

const about = { category: 'programming', difficulty: 'beginner', language: 'en' } as const;

const questions = [
  {
    type: 'single',
    prompt: 'What does `unknown` ask of you before you use a value?',
    points: 1,
    options: [
      { text: 'Nothing', correct: false },
      { text: 'To narrow it', correct: true },
      { text: 'To cast it', correct: false },
    ],
  },
  {
    type: 'true-false',
    prompt: 'A discriminated union makes impossible states fail to compile.',
    points: 1,
    correct: true,
  },
];

/** The course that is bought, learnt and certified. */
export const completedCourse: CourseDraft = {
  ...about,
  title: 'Practical TypeScript',
  summary: 'Types that help you instead of standing in the way.',
  description: 'Unions, narrowing and modelling states, on the code of a small shop.',
  tags: ['typescript', 'types'],
  price: { amount: 4900, currency: 'EUR' },
  thumbnail: 'practical-typescript.png',
  sections: [
    {
      title: 'Begin',
      lectures: [
        { kind: 'video', title: 'What types are for', video: 'lesson.mp4', durationSeconds: 6 },
        {
          kind: 'article',
          title: 'Narrowing',
          content: '# Narrowing\n\nAsk the value what it is, then the compiler knows.',
          durationSeconds: 240,
        },
      ],
    },
    { title: 'Prove it', lectures: [{ kind: 'quiz', title: 'Unions and narrowing', questions, durationSeconds: 120 }] },
  ],
};

/** The course that is a gift. */
export const freeCourse: CourseDraft = {
  ...about,
  title: 'TypeScript in ten minutes',
  summary: 'A first look, free.',
  description: 'Ten minutes, one article.',
  tags: ['typescript'],
  price: { amount: 0, currency: 'EUR' },
  thumbnail: 'practical-typescript.png',
  sections: [
    {
      title: 'All of it',
      lectures: [{ kind: 'article', title: 'A first look', content: 'Every value has a type.', durationSeconds: 600 }],
    },
  ],
};

/** What a learner who has understood answers; the keys never leave the service, so they are known from the lecture. */
export function rightAnswers(asked: readonly { questionId: string; prompt: string; options?: unknown }[]): object[] {
  return asked.map((question) => {
    if (question.prompt.includes('impossible states')) return { questionId: question.questionId, value: true };
    const options = Array.isArray(question.options) ? (question.options as { optionId: string; text: string }[]) : [];
    const narrow = options.find((each) => each.text === 'To narrow it');
    return { questionId: question.questionId, optionIds: narrow ? [narrow.optionId] : [] };
  });
}
