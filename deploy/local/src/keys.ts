import { newSecrets } from './secrets.js';

// npm run keys: the secrets that a new installation needs, as lines for .env.
const { keyEncryptionKey, sealingPublicKey, sealingPrivateKey } = await newSecrets();
console.log(`KEY_ENCRYPTION_KEY=${keyEncryptionKey}
NOTIFY_SEALING_PUBLIC_KEY='${sealingPublicKey}'
NOTIFY_SEALING_PRIVATE_KEY='${sealingPrivateKey}'`);
