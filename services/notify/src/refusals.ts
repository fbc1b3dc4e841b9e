import { defineRefusals } from '@lyceum/kernel';

export const refusals = defineRefusals('notify', {
  notFound: { status: 404, title: 'You have no such notification' },
  tooManyStreams: { status: 429, title: 'You have too many streams open' },
});
