import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { startMongo } from '../src/mongo/index.js';

const count = Number(process.env['MONGO_REOPEN_DOCUMENTS'] ?? 5000);
const megabyte = 1024 * 1024;
/** Of the processor: a machine that is busy with other things makes it late, not more work. */
const mostMs = (bytes: number) => 1000 + 60 * (bytes / megabyte);

describe('opening again', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'mongo-reopen-'));
  afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

  it(`takes time for what is there and not for what was written: ${count} documents, each written three times`, async () => {
    let mongo = await startMongo({ dataDir, fsync: 'batch' });
    let client = await new MongoClient(mongo.uri).connect();
    let things = client.db('d').collection<{ _id: number; email: string; course: string; n: number }>('things');
    await things.createIndex({ email: 1 }, { unique: true });
    await things.createIndex({ course: 1, n: -1 });
    for (let from = 0; from < count; from += 1000)
      await things.insertMany(
        Array.from({ length: Math.min(1000, count - from) }, (_, i) => ({
          _id: from + i,
          email: `learner-${from + i}@example.org`,
          course: `course-${(from + i) % 97}`,
          n: 0,
          text: 'x'.repeat(300),
        })),
      );
    for (let round = 1; round <= 2; round++)
      for (let course = 0; course < 97; course++)
        await things.updateMany({ course: `course-${course}` }, { $set: { n: round } });
    const { size: live } = await client.db('d').command({ collStats: 'things' });
    await client.close();
    await mongo.close();

    const bytes = readdirSync(dataDir).reduce((sum, file) => sum + statSync(join(dataDir, file)).size, 0);
    const before = process.cpuUsage();
    mongo = await startMongo({ dataDir });
    const { user, system } = process.cpuUsage(before);
    const ms = (user + system) / 1000;
    client = await new MongoClient(mongo.uri).connect();
    things = client.db('d').collection('things');
    process.stdout.write(
      `reopening ${count} documents, ${(live / megabyte).toFixed(1)} MB alive in ${(bytes / megabyte).toFixed(1)} MB of files: ${Math.round(ms)} ms of the processor\n`,
    );
    expect(await things.countDocuments({ n: 2 })).toBe(count);
    expect(await things.findOne({ email: `learner-${count - 1}@example.org` })).toMatchObject({ _id: count - 1 });
    await client.close();
    await mongo.close();
    // garbage may be as much as what is alive, or 8 MiB, and once more what is written while files are exchanged
    expect(bytes).toBeLessThan(3 * Number(live) + 16 * megabyte);
    expect(ms).toBeLessThan(mostMs(bytes));
  }, 240_000);
});
