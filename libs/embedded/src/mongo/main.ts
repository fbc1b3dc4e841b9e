import { parseArgs } from 'node:util';
import { startMongo } from './index.js';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '27017' },
    host: { type: 'string', default: '127.0.0.1' },
    data: { type: 'string' },
    fsync: { type: 'string', default: 'always' },
    'compact-above': { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

if (values.help) {
  console.log(
    'npm run mongo -- [--port 27017] [--host 127.0.0.1] [--data DIR] [--fsync always|batch] [--compact-above BYTES]',
  );
  console.log('A MongoDB server for development. Without --data everything is kept in memory only.');
} else {
  try {
    const mongo = await startMongo({
      port: Number(values.port),
      host: values.host,
      ...(values.data === undefined ? {} : { dataDir: values.data }),
      fsync: values.fsync === 'batch' ? 'batch' : 'always',
      ...(values['compact-above'] === undefined ? {} : { compactAbove: Number(values['compact-above']) }),
    });
    console.log(`MONGODB_URI=${mongo.uri}`);
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => {
        mongo.close().then(
          () => process.exit(0),
          () => process.exit(1),
        );
      });
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
