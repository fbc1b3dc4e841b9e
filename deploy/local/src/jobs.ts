import { atTheDoor, openDesk, voiceOf } from './operator/door.js';
import { doJobs, jobsUsage, readJobsCommand } from './operator/jobs.js';

// npm run jobs: what services do at set times, through the edge of a platform.
await atTheDoor('jobs', async () => {
  const { command, manner } = readJobsCommand(process.argv.slice(2));
  if (command.name === 'help') console.log(jobsUsage);
  else await doJobs(command, await openDesk(manner), voiceOf(manner));
});
