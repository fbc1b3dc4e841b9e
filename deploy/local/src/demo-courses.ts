import type { CourseDraft } from './authoring.js';

const multiple = (prompt: string, right: readonly string[], wrong: readonly string[]) => ({
  type: right.length > 1 ? 'multiple' : 'single',
  prompt,
  points: 1,
  options: [...right.map((text) => ({ text, correct: true })), ...wrong.map((text) => ({ text, correct: false }))],
});
const statement = (prompt: string, correct: boolean) => ({ type: 'true-false', prompt, points: 1, correct });

/** What the demo instructor teaches. */
export const demoCourses: readonly CourseDraft[] = [
  {
    title: 'TypeScript for Working Programmers',
    summary: 'Model your domain with types, and let the compiler keep the promises that comments cannot.',
    description:
      'You know JavaScript and want types that pay for themselves. We model a small shop: orders that cannot be both paid and cancelled, money that does not add apples to pears, and errors that are part of the signature.',
    category: 'programming',
    difficulty: 'intermediate',
    language: 'en',
    tags: ['typescript', 'types', 'domain modelling'],
    price: { amount: 4900, currency: 'EUR' },
    thumbnail: 'practical-typescript.png',
    sections: [
      {
        title: 'States that cannot lie',
        lectures: [
          { kind: 'video', title: 'Why flags fail', video: 'lesson.mp4', durationSeconds: 6, preview: true },
          {
            kind: 'article',
            title: 'Discriminated unions',
            durationSeconds: 480,
            content:
              '# Discriminated unions\n\nAn order is *placed*, *paid* or *cancelled*; never two at once. Three booleans allow eight combinations, five of them nonsense. A union allows exactly the three that exist:\n\n```ts\ntype Order =\n  | { status: "placed"; at: Date }\n  | { status: "paid"; at: Date; paymentId: string }\n  | { status: "cancelled"; at: Date; reason: string };\n```\n\nA `switch` over `status` that forgets a case no longer compiles once you assign the rest to `never`.',
          },
        ],
      },
      {
        title: 'Money, ids and other things that look like numbers and strings',
        lectures: [
          {
            kind: 'article',
            title: 'Money in minor units',
            durationSeconds: 360,
            content:
              '# Money in minor units\n\n`0.1 + 0.2` is not `0.3`, and a yen has no cents. Keep amounts as whole minor units next to their currency, and refuse to add two currencies.',
          },
          {
            kind: 'quiz',
            title: 'Check yourself',
            durationSeconds: 300,
            questions: [
              multiple('How many combinations do three booleans allow?', ['8'], ['3', '6']),
              multiple(
                'Which of these should an amount of money carry?',
                ['Its minor units', 'Its currency'],
                ['Its formatted text'],
              ),
              statement('A discriminated union can make impossible states fail to compile.', true),
            ],
          },
        ],
      },
    ],
  },
  {
    title: 'Bread at Home: From Flour to Loaf',
    summary: 'One dough, one oven, and the patience that makes the difference.',
    description:
      'Four ingredients, a bowl and a hot oven. You will learn to read a dough with your hands, to let time do the kneading, and to bake a loaf with a crust that sings when it cools.',
    category: 'cooking',
    difficulty: 'beginner',
    language: 'en',
    tags: ['bread', 'baking', 'sourdough'],
    price: { amount: 2900, currency: 'EUR' },
    thumbnail: 'bread-at-home.png',
    sections: [
      {
        title: 'The dough',
        lectures: [
          {
            kind: 'article',
            title: 'Four ingredients and their ratios',
            durationSeconds: 420,
            preview: true,
            content:
              '# Baker’s percentages\n\nEverything is counted against the flour: 500 g flour is 100 %. Water 70 % (350 g), salt 2 % (10 g), dry yeast 0.4 % (2 g). Change one number and you know what will happen to the dough.',
          },
          { kind: 'video', title: 'Stretch and fold', video: 'lesson.mp4', durationSeconds: 6 },
        ],
      },
      {
        title: 'The oven',
        lectures: [
          {
            kind: 'article',
            title: 'Steam, heat and when it is done',
            durationSeconds: 300,
            content:
              '# In the oven\n\nPreheat to 240 °C with a lidded pot inside. Twenty minutes with the lid on: the steam keeps the crust soft while the loaf rises. Twenty more without it. Done is 96 °C in the middle.',
          },
          {
            kind: 'quiz',
            title: 'Before you bake',
            durationSeconds: 180,
            questions: [
              multiple('500 g of flour at 70 % hydration take how much water?', ['350 g'], ['70 g', '500 g']),
              statement('The lid stays on for the whole bake.', false),
            ],
          },
        ],
      },
    ],
  },
  {
    title: 'Personal Finance, Plainly',
    summary: 'A free first look at budgets, buffers and boring investments.',
    description: 'What to do with the first euro that is left over, and why boring usually wins.',
    category: 'finance',
    difficulty: 'beginner',
    language: 'en',
    tags: ['money', 'budget', 'saving'],
    price: { amount: 0, currency: 'EUR' },
    thumbnail: 'personal-finance.png',
    sections: [
      {
        title: 'Order of things',
        lectures: [
          {
            kind: 'article',
            title: 'Buffer first',
            durationSeconds: 300,
            content:
              '# Buffer first\n\nThree months of expenses where you can reach them. Only then: debts with high interest, then broad and cheap funds, then everything that is fun to talk about.',
          },
          {
            kind: 'quiz',
            title: 'What comes first?',
            durationSeconds: 120,
            questions: [
              multiple('What comes first?', ['A buffer of some months’ expenses'], ['Single shares', 'A new car']),
            ],
          },
        ],
      },
    ],
  },
];
