export { type BucketOptions, type RunningBucket, startBucket } from './bucket-server.js';
