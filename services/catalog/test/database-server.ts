/** MONGODB_URI where it is set, else the embedded server. */
export async function databaseServer(): Promise<{ uri: string; close(): Promise<void> }> {
  const uri = process.env['MONGODB_URI'];
  if (uri) return { uri, close: async () => undefined };
  throw new Error('MONGODB_URI is not set');
}
