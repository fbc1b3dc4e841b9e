import mongoose from 'mongoose';

/** All documents of some databases as the bytes that they are kept as: to look for what must not be there. */
export async function storedIn(uri: string, databases: readonly string[]): Promise<Buffer> {
  const connection = await mongoose.createConnection(uri).asPromise();
  try {
    const all: Buffer[] = [];
    for (const name of databases)
      for (const collection of await connection.getClient().db(name).collections())
        for await (const document of collection.find()) all.push(Buffer.from(mongoose.mongo.BSON.serialize(document)));
    return Buffer.concat(all);
  } finally {
    await connection.close();
  }
}
