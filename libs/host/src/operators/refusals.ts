import { defineRefusals } from '@lyceum/kernel';

/** What the operators' routes of every service refuse. */
export const refusals = defineRefusals('operations', {
  deadLetterNotFound: { status: 404, title: 'There is no such dead letter' },
  projectionNotFound: { status: 404, title: 'There is no such projection' },
  jobNotFound: { status: 404, title: 'There is no such job' },
  eventNotFound: { status: 404, title: 'The log does not know this event' },
});
