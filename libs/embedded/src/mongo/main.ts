import { commandLine, startFailure, usage } from './command-line.js';
import { startMongo } from './index.js';

const wrongUsage = 2;

function read() {
  try {
    return commandLine(process.argv.slice(2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    process.exit(wrongUsage);
  }
}

const wanted = read();
if (wanted.help) console.log(usage);
else {
  try {
    const mongo = await startMongo(wanted.options);
    console.log(`MONGODB_URI=${mongo.uri}`);
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => {
        mongo.close().then(
          () => process.exit(0),
          (error: unknown) => {
            console.error(error);
            process.exit(1);
          },
        );
      });
  } catch (error) {
    console.error(startFailure(error, wanted.options));
    process.exitCode = 1;
  }
}
