import { randomUUID } from 'node:crypto';
import { MongoClient, type Db } from 'mongodb';
import { mongoCursors } from './mongo-cursors.contract.js';
import { mongoIndexes } from './mongo-indexes.contract.js';
import { mongoMongoose } from './mongo-mongoose.contract.js';
import { mongoRoundTrip } from './mongo-round-trip.contract.js';
import { mongoText } from './mongo-text.contract.js';
import { mongoTransactions } from './mongo-transactions.contract.js';
import { mongoWrites } from './mongo-writes.contract.js';

export interface MongoServer {
  readonly uri: string;
  close?(): Promise<void>;
}

/** What each part of the suite gets: a database of its own, dropped at the end. */
export interface Fixture {
  readonly db: () => Db;
  readonly client: () => MongoClient;
  readonly uri: () => string;
  /** A rule that DocumentDB (which is not MongoDB) is known to break; on it the test is skipped with a message. */
  readonly itUnlessDocumentDb: (rule: string, test: () => Promise<void>) => void;
}

/** What every MongoDB server must do for us, through the real driver and mongoose. */
export function mongoContract(name: string, start: () => Promise<MongoServer>): void {
  describe(`MongoDB contract on ${name}`, () => {
    let server: MongoServer;
    let client: MongoClient;
    let db: Db;
    let documentDb = false;

    beforeAll(async () => {
      server = await start();
      client = await new MongoClient(server.uri, { serverSelectionTimeoutMS: 10_000 }).connect();
      documentDb = (await client.db('admin').command({ buildInfo: 1 }))['gitVersion'] === 'documentdb-gateway';
      db = client.db(`contract_${randomUUID().slice(0, 8)}`);
    });
    afterAll(async () => {
      await db?.dropDatabase();
      await client?.close();
      await server?.close?.();
    });

    const fixture: Fixture = {
      db: () => db,
      client: () => client,
      uri: () => server.uri,
      itUnlessDocumentDb: (rule, test) =>
        it(rule, async () => {
          if (documentDb) process.stdout.write(`  not on DocumentDB: ${rule}\n`);
          else await test();
        }),
    };
    mongoRoundTrip(fixture);
    mongoWrites(fixture);
    mongoIndexes(fixture);
    mongoText(fixture);
    mongoCursors(fixture);
    mongoMongoose(fixture);
    mongoTransactions(fixture);
  });
}
