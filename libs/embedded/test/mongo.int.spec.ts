import { startMongo } from '../src/mongo/index.js';
import { mongoContract } from './mongo.contract.js';
import { referenceUri } from './mongo-reference.js';

const reference = referenceUri();
process.stdout.write(
  `MongoDB contract runs on: the embedded server${reference ? ` and ${reference}` : ' only (no MONGODB_URI)'}\n`,
);

mongoContract('the embedded server', () => startMongo());
if (reference) mongoContract(reference, () => Promise.resolve({ uri: reference }));
