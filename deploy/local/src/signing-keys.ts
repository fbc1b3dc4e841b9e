import { atTheDoor, openDesk, voiceOf } from './operator/door.js';
import { doKeys, keysUsage, readKeysCommand } from './operator/keys.js';

// npm run keys -- list|rotate|encryption: the keys of a running platform, through its edge.
await atTheDoor('keys', async () => {
  const { command, manner } = readKeysCommand(process.argv.slice(2));
  if (command.name === 'help') console.log(keysUsage);
  else await doKeys(command, await openDesk(manner), voiceOf(manner));
});
