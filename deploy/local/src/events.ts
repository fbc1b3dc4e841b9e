import { readCommand, usage } from './operator/command.js';
import { atTheDoor, openDesk, voiceOf } from './operator/door.js';
import { operate } from './operator/operator.js';

// npm run events: what operators do with dead letters and projections, through the edge of a platform.
await atTheDoor('events', async () => {
  const { command, manner } = readCommand(process.argv.slice(2), new Date());
  if (command.name === 'help') console.log(usage);
  else await operate(command, await openDesk(manner), voiceOf(manner));
});
