import { defineRefusals } from '@lyceum/kernel';

export const refusals = defineRefusals('media', {
  typeNotAllowed: { status: 422, title: 'Files of this type cannot be uploaded' },
  tooLarge: { status: 422, title: 'The file is too large for its type' },
  notFound: { status: 404, title: 'You have no such file' },
  notUploaded: { status: 409, title: 'The file has not been uploaded yet' },
  uploadExpired: { status: 409, title: 'The time for this upload is over' },
  sizeMismatch: { status: 422, title: 'The file has another size than was declared' },
  typeMismatch: { status: 422, title: 'The file is not what it was declared to be' },
  changedMeanwhile: { status: 409, title: 'The file was changed while it was being checked' },
  notEntitled: { status: 403, title: 'You have no access to this file' },
});
