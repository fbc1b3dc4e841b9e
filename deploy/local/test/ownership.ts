import type { Kind } from './callers.js';
import type { Ids } from '@lyceum/testing';

/** Somebody's things, by the names that paths give them. */
export type Things = Readonly<Record<'learner' | 'instructor', Ids>>;

export type Ownership =
  /** It is about one's own: strangers are told 403 or 404, even those whose role permits it; the owner is not. */
  | { readonly owner: keyof Things; readonly strangers: readonly Kind[]; readonly body?: unknown }
  /** Whatever is asked for, the answer is about the caller, or is for everybody. */
  | { readonly nobodys: string }
  /** Shown where the things that it takes are at hand. */
  | { readonly shownIn: string; readonly title: string };

const learners = { owner: 'learner', strangers: ['other learner', 'instructor', 'other instructor'] } as const;
/** The instructor of the course may look into it. */
const enrolled = { owner: 'learner', strangers: ['other learner', 'other instructor'] } as const;
/** Learners are not let in at all: their role does not permit it. */
const authors = { owner: 'instructor', strangers: ['other instructor'] } as const;
const contents = { owner: 'instructor', strangers: ['visitor', 'other learner', 'other instructor'] } as const;
const passkeys = 'services/identity/test/passkeys.int.spec.ts';
const exported = { shownIn: 'services/identity/test/data-protection.int.spec.ts', title: 'and is nobody else’s' };

/**
 * Every route with an id in its path that others than administrators may call, in the order in which the owner calls them:
 * what destroys comes last. A route that is missing here fails the test.
 */
export const ownership: Readonly<Record<string, Ownership>> = {
  'GET /payments/{paymentId}': learners,
  'POST /payments/{paymentId}/refund': learners,
  'GET /enrollments/{enrollmentId}': learners,
  'GET /access/{courseId}': { nobodys: 'it tells whether the caller has access' },
  'GET /attempts/{attemptId}': learners,
  'POST /attempts/{attemptId}/submission': learners,
  'GET /certificates/{certificateId}': learners,
  'GET /certificates/{certificateId}/pdf': learners,
  'GET /verify/{code}': { nobodys: 'whoever has the code of a certificate may verify it' },
  'POST /notifications/{notificationId}/read': learners,
  'GET /progress/{courseId}': enrolled,
  'POST /progress/{courseId}/lectures/{lectureId}/completion': enrolled,
  'PUT /progress/{courseId}/lectures/{lectureId}/position': enrolled,
  'POST /quizzes/{quizId}/attempts': enrolled,
  'GET /courses/{courseId}': { nobodys: 'what a published course offers is for everybody' },
  'GET /courses/{courseId}/lectures/{lectureId}': enrolled,
  'GET /media/{mediaId}/delivery': contents,
  'GET /media/{mediaId}/content': contents,
  'GET /media/{mediaId}': authors,
  'POST /media/{mediaId}/completion': authors,
  'GET /analytics/courses/{courseId}': authors,
  'GET /quizzes/{quizId}': authors,
  'PUT /quizzes/{quizId}': {
    ...authors,
    body: {
      title: 'Mine now',
      passPercent: 1,
      questions: [{ type: 'true-false', prompt: 'Yes?', points: 1, correct: true }],
    },
  },
  'GET /courses/{courseId}/draft': authors,
  'PATCH /courses/{courseId}': { ...authors, body: { title: 'Mine now' } },
  'POST /courses/{courseId}/sections': authors,
  'PATCH /courses/{courseId}/sections/{sectionId}': authors,
  'POST /courses/{courseId}/sections/{sectionId}/lectures': {
    ...authors,
    body: { kind: 'article', title: 'Mine now' },
  },
  'PATCH /courses/{courseId}/lectures/{lectureId}': { ...authors, body: { title: 'Mine now' } },
  'PUT /courses/{courseId}/outline': { ...authors, body: { sections: [] } },
  'POST /courses/{courseId}/publish': authors,
  'DELETE /courses/{courseId}/lectures/{lectureId}': authors,
  'DELETE /courses/{courseId}/sections/{sectionId}': authors,
  'POST /courses/{courseId}/archive': authors,
  'GET /me/exports/{exportId}': exported,
  'GET /me/exports/{exportId}/archive': exported,
  'PATCH /me/passkeys/{passkeyId}': { shownIn: passkeys, title: "of somebody else's looks as if there were none" },
  'DELETE /me/passkeys/{passkeyId}': { shownIn: passkeys, title: "of somebody else's looks as if there were none" },
  'DELETE /me/external-identities/{identityId}': {
    shownIn: 'services/identity/test/external-identities.int.spec.ts',
    title: 'of somebody else looks as if there were none',
  },
  'POST /me/external-identities/{provider}/begin': { nobodys: 'whatever comes of it is linked to the caller' },
  'POST /auth/external/{provider}/begin': { nobodys: 'anybody may sign in' },
  'GET /auth/external/{provider}/callback': { nobodys: 'it goes by the cookie of the browser that began' },
  'DELETE /me/api-keys/{keyId}': learners,
  'DELETE /me/sessions/{sessionId}': learners,
};
