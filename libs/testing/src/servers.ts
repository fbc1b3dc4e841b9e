import { type FoundServer, answers, dropTopologyForTests, findRabbit, startContainer } from '@lyceum/bus/testing';

export { type FoundServer, dropTopologyForTests, findRabbit };

const nothing = async () => {};

/** A Redis for tests: `REDIS_URL`, else one at 127.0.0.1:6379 without a password, else a container; undefined when there is none. */
export async function findRedis(): Promise<FoundServer | undefined> {
  const url = process.env['REDIS_URL'];
  if (url) return { url, how: 'REDIS_URL', stop: nothing };
  if (await answers(6379, 'PING\r\n', (answer) => answer.toString().startsWith('+PONG')))
    return { url: 'redis://127.0.0.1:6379', how: 'a server at 127.0.0.1:6379', stop: nothing };
  return startContainer('redis:7-alpine', 6379, (host, port) => `redis://${host}:${port}`, {
    log: /Ready to accept connections/,
  });
}

/** A MongoDB replica set for tests: `MONGODB_URI`, else a container; undefined when there is none. */
export async function findMongo(): Promise<FoundServer | undefined> {
  const url = process.env['MONGODB_URI'];
  if (url) return { url, how: 'MONGODB_URI', stop: nothing };
  return startContainer('mongo:8', 27017, (host, port) => `mongodb://${host}:${port}/?directConnection=true`, {
    command: ['--replSet', 'rs0'],
    log: /Waiting for connections/,
    afterwards: ['mongosh', '--quiet', '--eval', 'rs.initiate(); while (!db.hello().isWritablePrimary) sleep(50)'],
  });
}
