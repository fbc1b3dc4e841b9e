// A bucket in a process of its own, for tests that kill it: `node … bucket-process.mjs <options as JSON>` prints its URL.
const { startBucket } = await import('@lyceum/embedded/bucket');
const { url } = await startBucket(JSON.parse(process.argv[2]));
console.log(url);
