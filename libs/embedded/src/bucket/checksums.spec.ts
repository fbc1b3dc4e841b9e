import { type ChecksumAlgorithm, startChecksum } from './checksums.js';

// the check values of the CRC catalogue, over "123456789"
it.each<[ChecksumAlgorithm, string]>([
  ['CRC32', 'cbf43926'],
  ['CRC32C', 'e3069283'],
  ['CRC64NVME', 'ae8b14860a799888'],
  ['SHA1', 'f7c3bc1d808e04732adf679965ccc34ca7ae3441'],
])('%s of the nine digits is %s, however they are cut', (algorithm, hex) => {
  const sum = startChecksum(algorithm);
  for (const piece of ['1234', '', '56789']) sum.update(Buffer.from(piece));
  expect(sum.digest().toString('hex')).toBe(hex);
});
