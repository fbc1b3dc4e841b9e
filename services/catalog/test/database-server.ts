import { startMongo } from '@lyceum/embedded/mongo';

/** The server at MONGODB_URI where that is set, else an embedded one in memory. */
export async function databaseServer(): Promise<{ uri: string; close(): Promise<void> }> {
  const uri = process.env['MONGODB_URI'];
  return uri ? { uri, close: async () => undefined } : startMongo();
}
