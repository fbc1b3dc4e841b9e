import { join } from 'node:path';
import { findMongo, findRabbit, findRedis } from '@lyceum/testing';
import { newId } from '@lyceum/kernel';
import mongoose from 'mongoose';
import { type Fleet, startFleet } from '../src/fleet.js';
import { type Platform, startPlatform } from '../src/platform.js';
import { type Chapter, type World, buyLearnCertify } from '../src/story/buy-learn-certify.js';
import { Recording } from '../src/story/narrator.js';

/** Tells the story chapter by chapter; when one breaks off, the rest is not told, and everything is shown. */
function tells(world: () => World, output: () => string = () => ''): void {
  const recording = new Recording();
  const titles = buyLearnCertify({ edgeUrl: 'http://localhost', mailboxUrl: 'http://localhost' }, recording).map(
    ({ title }) => title,
  );
  let chapters: Chapter[] = [];
  let broken = false;
  it.each(titles.map((title, index) => [title, index] as const))(
    '%s',
    async (_, index) => {
      expect(broken).toBe(false); // an earlier chapter broke off
      if (index === 0) chapters = buyLearnCertify(world(), recording);
      try {
        await chapters[index]?.tell();
      } catch (error) {
        broken = true;
        console.error(`${recording.lines.join('\n')}\n\n${output()}`);
        throw error;
      }
    },
    60_000,
  );
}

describe('publish, buy, learn, certify: on the embedded platform, one process', () => {
  let platform: Platform;
  beforeAll(async () => {
    platform = await startPlatform();
    console.log('story: embedded database, in-process bus, limits counted in memory');
  }, 120_000);
  afterAll(() => platform?.close());
  tells(() => ({ edgeUrl: platform.edgeUrl, mailboxUrl: platform.standIns.mailbox.url }));
});

describe('publish, buy, learn, certify: eight processes on real servers', () => {
  let fleet: Fleet | undefined;
  let missing = '';
  const servers: { stop(): Promise<void> }[] = [];
  const namespace = `story${newId().slice(-8)}`;
  let mongoUri = '';

  beforeAll(async () => {
    const [rabbit, redis, mongo] = [await findRabbit(), await findRedis(), await findMongo()];
    for (const each of [rabbit, redis, mongo]) if (each) servers.push(each);
    if (!rabbit || !mongo) {
      missing = [!rabbit && 'RabbitMQ', !mongo && 'MongoDB'].filter(Boolean).join(' and ');
      return;
    }
    console.log(`story: RabbitMQ ${rabbit.how}, MongoDB ${mongo.how}, Redis ${redis?.how ?? 'none'}`);
    mongoUri = mongo.url;
    const root = join(__dirname, '../../..');
    fleet = await startFleet({ root, mongoUri, amqpUrl: rabbit.url, redisUrl: redis?.url, namespace });
  }, 180_000);
  afterAll(async () => {
    await fleet?.close();
    if (mongoUri) await dropDatabases(mongoUri, namespace);
    for (const each of servers) await each.stop();
  }, 60_000);

  if (process.env['LYCEUM_STORY_SERVERS'] === 'none')
    it('is not told: no RabbitMQ or no MongoDB-compatible server was found', () => {
      console.log('story: NOT told on separate processes, there is no RabbitMQ or no MongoDB-compatible server here');
      expect(missing).not.toBe('');
    });
  else
    tells(
      () => {
        if (!fleet) throw new Error(`There is no ${missing} here`);
        return { edgeUrl: fleet.edgeUrl, mailboxUrl: fleet.standIns.mailbox.url };
      },
      () => fleet?.output() ?? '',
    );
});

async function dropDatabases(uri: string, prefix: string): Promise<void> {
  const connection = await mongoose.createConnection(uri).asPromise();
  const { databases } = await connection.listDatabases();
  for (const { name } of databases) if (name.startsWith(prefix)) await connection.useDb(name).dropDatabase();
  await connection.close();
}
