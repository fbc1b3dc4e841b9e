import { fastify } from 'fastify';
import { MongoClient } from 'mongodb';
import { work } from '../workers.js';

const { MONGODB_URI = '', DATABASE_PREFIX = '' } = process.env;
const client = await MongoClient.connect(MONGODB_URI, { maxPoolSize: 20 });
const courses = client.db(`${DATABASE_PREFIX}bare`).collection<{ _id: string }>('courses');

// what remains when everything that a platform needs around it is left out
const server = fastify();
server.get<{ Params: { courseId: string } }>('/courses/:courseId', async ({ params }, reply) => {
  const course = await courses.findOne({ _id: params.courseId });
  if (!course) return reply.code(404).send({});
  const { _id, ...shown } = course;
  return shown;
});
const url = await server.listen({ host: '127.0.0.1', port: 0 });

const asked = {
  url: async () => url,
  keep: async ({ courseId, course }: { courseId: string; course: object }) => {
    await courses.replaceOne({ _id: courseId }, course, { upsert: true });
  },
};
export type BareService = typeof asked;
work(asked, async () => {
  await server.close();
  await client.close();
});
