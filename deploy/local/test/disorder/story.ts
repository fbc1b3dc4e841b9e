import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { newSealingKeys, seal } from '@lyceum/bus';
import {
  Envelope,
  type EventDefinition,
  checkoutExpired,
  courseArchived,
  envelop,
  mediaRejected,
  paymentDeclined,
  sessionCompromised,
} from '@lyceum/contracts';
import { dataOf } from '@lyceum/testing';
import { z } from 'zod';

export const storyFile = join(__dirname, 'story.json');

export interface Story {
  /** In the order in which everything happened. */
  readonly events: readonly Envelope[];
  /** When the last of it had happened. */
  readonly end: Date;
  /** Opens what is sealed to notify. */
  readonly sealingPrivateKey: string;
}

const Started = z.object({ paymentId: z.string(), learnerId: z.string(), courseId: z.string() });
type Started = z.infer<typeof Started>;

/**
 * What the services of a platform told each other while people published, bought, learnt, were certified and changed their minds
 * (`recorder.ts` has recorded it), and what else may happen to them.
 */
export async function readStory(): Promise<Story> {
  const recorded = z.array(Envelope).parse(JSON.parse(readFileSync(storyFile, 'utf8')));
  const { publicJwk, privateJwk } = await newSealingKeys();
  const events = await Promise.all(
    recorded.map(async (event) => {
      const data = z.looseObject({ sealedToken: z.string().optional() }).parse(event.data);
      if (!data.sealedToken) return event;
      return { ...event, data: { ...data, sealedToken: await seal(publicJwk, `token of ${event.subject}`) } };
    }),
  );
  const last = Math.max(...events.map(({ time }) => Date.parse(time)));
  const all = [...events, ...afterwards(events, new Date(last + 1_000))];
  return { events: all, end: new Date(last + 2_000), sealingPrivateKey: JSON.stringify(privateJwk) };
}

/** The one whose checkout led to nothing lets it expire; a card is declined; a course with learners is archived for good. */
function afterwards(events: readonly Envelope[], time: Date): Envelope[] {
  const about = (type: string) => events.filter((event) => event.type === type);
  const started = about('billing.checkout-started.v1').map(({ data }) => Started.parse(data));
  const paid = new Set(about('billing.payment-succeeded.v1').map(({ data }) => Started.parse(data).paymentId));
  const abandoned = started.find(({ paymentId }) => !paid.has(paymentId));
  if (!abandoned) throw new Error('The story lacks a checkout that leads to nothing');
  const { paymentId, learnerId, courseId } = abandoned;
  const known = events.filter(({ subject }) => subject === courseId).map(({ aggregateversion }) => aggregateversion);
  const make = <Schema extends z.ZodType<object>>(
    definition: EventDefinition<string, Schema>,
    subject: string,
    version: number,
    differing: Partial<z.input<Schema>>,
  ): Envelope => {
    const id = `${definition.type} of ${subject}`;
    const event = definition(dataOf(definition, differing));
    return Envelope.parse(envelop(event, { id, service: definition.service, subject, version, time }));
  };
  const own = { paymentId, learnerId, courseId };
  return [
    make(paymentDeclined, paymentId, 3, { ...own, courseTitle: 'A course that is bought twice' }),
    make(checkoutExpired, paymentId, 4, own),
    make(courseArchived, courseId, Math.max(...known) + 1, { courseId }),
    make(sessionCompromised, 'a session', 4, { userId: learnerId }),
    make(mediaRejected, 'a file', 2, { mediaId: 'a file' }),
  ];
}
