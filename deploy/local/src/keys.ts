import { keyVariableOf, newSecrets } from './secrets.js';

// npm run keys: the secrets that a new installation needs, as lines for .env.
const { keyEncryptionKey, serviceKeys, sealingPublicKey, sealingPrivateKey } = await newSecrets();
const others = Object.entries(serviceKeys).map(([service, key]) => `${keyVariableOf(service)}=${key}\n`);
console.log(`KEY_ENCRYPTION_KEY=${keyEncryptionKey}
${others.join('')}NOTIFY_SEALING_PUBLIC_KEY='${sealingPublicKey}'
NOTIFY_SEALING_PRIVATE_KEY='${sealingPrivateKey}'`);
