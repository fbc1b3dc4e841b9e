import { z } from 'zod';
import { Api } from './api.js';
import { authorCourse } from './authoring.js';
import { demoCourses } from './demo-courses.js';
import { type Person, join, signIn } from './people.js';

export const demoAdmin = { email: 'admin@lyceum.example', password: 'quiet mountains of paper' };
export const demoInstructor: Person = {
  email: 'grace@lyceum.example',
  password: 'seven otters swim at dawn',
  firstName: 'Grace',
  lastName: 'Hopper',
  role: 'INSTRUCTOR',
};
export const demoLearner: Person = {
  email: 'ada@lyceum.example',
  password: 'three green lamps at night',
  firstName: 'Ada',
  lastName: 'Lovelace',
  role: 'STUDENT',
};

const Mine = z.object({ items: z.array(z.looseObject({ title: z.string(), status: z.string() })) });

/** Makes the demo accounts and courses that are not there yet, as their owners would: through the edge. */
export async function seed(edgeUrl: string, mailboxUrl: string): Promise<void> {
  const visitor = new Api(edgeUrl);
  const come = (person: Person) => signIn(visitor, person).catch(() => join(visitor, mailboxUrl, person));
  const teacher = await come(demoInstructor);
  await come(demoLearner);
  const { items } = await teacher.get('/courses/mine?limit=100', { expect: 200, schema: Mine });
  const published = new Set(items.filter((each) => each.status === 'published').map((each) => each.title));
  for (const course of demoCourses) if (!published.has(course.title)) await authorCourse(teacher, course);
}
