import { join } from 'node:path';
import { type FoundServer, dropTopologyForTests, findMongo, findRabbit, findRedis } from '@lyceum/testing';
import { startMongo } from '@lyceum/embedded/mongo';
import { newId } from '@lyceum/kernel';
import mongoose from 'mongoose';
import { serviceNames } from '../src/environment.js';
import { startFleet } from '../src/fleet.js';
import { type Platform, startPlatform } from '../src/platform.js';
import { type Chapter, buyLearnCertify } from '../src/story/buy-learn-certify.js';
import { Recording } from '../src/story/narrator.js';

describe('publish, buy, learn, certify: on the embedded platform, one process', () => {
  let platform: Platform;
  let chapters: Chapter[] = [];
  let broken = false;
  const recording = new Recording();
  const nowhere = { edgeUrl: 'http://localhost', mailboxUrl: 'http://localhost' };
  const titles = buyLearnCertify(nowhere, recording).map(({ title }, index) => [title, index] as const);

  beforeAll(async () => {
    platform = await startPlatform();
    console.log('story: embedded database, in-process bus, limits counted in memory');
    chapters = buyLearnCertify({ edgeUrl: platform.edgeUrl, mailboxUrl: platform.standIns.mailbox.url }, recording);
  }, 120_000);
  afterAll(() => platform?.close());

  it.each(titles)(
    '%s',
    async (_, index) => {
      expect(broken).toBe(false); // else an earlier chapter broke off
      broken = true;
      await tell(chapters.slice(index, index + 1), recording);
      broken = false;
    },
    60_000,
  );
});

it('publish, buy, learn, certify: eight processes on real servers', async () => {
  const rabbit = await findRabbit();
  if (!rabbit) {
    console.log('story: NOT told on separate processes: there is no RabbitMQ here, nor a way to start one');
    return;
  }
  const [found, redis] = [await findMongo(), await findRedis()];
  const mongo = found ?? (await embeddedMongo());
  console.log(
    `story: RabbitMQ ${rabbit.how}; MongoDB ${mongo.how}; Redis ${redis?.how ?? 'none, limits counted in memory'}`,
  );
  const namespace = `story${newId().slice(-8)}`;
  const recording = new Recording();
  try {
    const root = join(__dirname, '../../..');
    const fleet = await startFleet({ root, mongoUri: mongo.url, amqpUrl: rabbit.url, redisUrl: redis?.url, namespace });
    try {
      const chapters = buyLearnCertify({ edgeUrl: fleet.edgeUrl, mailboxUrl: fleet.standIns.mailbox.url }, recording);
      await tell(chapters, recording, () => fleet.output());
      expect(recording.chapters).toBe(chapters.length);
    } finally {
      await fleet.close();
    }
  } finally {
    await dropDatabases(mongo.url, namespace);
    await dropTopologyForTests(rabbit.url, `${namespace}.`, serviceNames);
    for (const each of [mongo, redis, rabbit]) await each?.stop();
  }
}, 300_000);

/** Tells chapters; when one breaks off, everything that happened is shown. */
async function tell(chapters: readonly Chapter[], recording: Recording, output = () => ''): Promise<void> {
  try {
    for (const chapter of chapters) await chapter.tell();
  } catch (error) {
    console.error(`${recording.lines.join('\n')}\n\n${output()}`);
    throw error;
  }
}

async function embeddedMongo(): Promise<FoundServer> {
  const mongo = await startMongo();
  return { url: mongo.uri, how: 'embedded', stop: () => mongo.close() };
}

async function dropDatabases(uri: string, prefix: string): Promise<void> {
  const connection = await mongoose.createConnection(uri).asPromise();
  const { databases } = await connection.listDatabases();
  for (const { name } of databases) if (name.startsWith(prefix)) await connection.useDb(name).dropDatabase();
  await connection.close();
}
