import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import {
  allEvents,
  defineEvent,
  directMessages,
  eventOfType,
  mediaReady,
  nobodysAddress,
  peopleIn,
  tellsPersonal,
  twoFactorReset,
  userRegistered,
  withoutPeople,
} from './index.js';

/** Fields that name a person, wherever they stand. */
const naming = /^(user|learner|owner|instructor|admin|actor|member|author|person)Id$/;
/** Fields that tell something about somebody. */
const telling =
  /^(email|newEmail|oldEmail|firstName|lastName|name|bio|locale|timeZone|avatarMediaId|fileName|sealedToken|ip|userAgent|device)$/;

const registered = {
  type: userRegistered.type,
  data: {
    userId: 'ada',
    email: 'ada@example.com',
    firstName: 'Ada',
    lastName: 'Lovelace',
    roles: ['STUDENT'],
    locale: 'en',
    registeredAt: '2026-11-20T10:00:00.000Z',
  },
};
const everybody = () => true;
const sampleOf = (type: string): unknown =>
  JSON.parse(readFileSync(join(__dirname, '../golden', `${type}.json`), 'utf8'));

describe('the marks of personal data', () => {
  it('stand on every event and message that names somebody', () => {
    const unmarked = [...allEvents, ...directMessages].flatMap(({ type, schema, personal }) => {
      const names = schema instanceof z.ZodObject ? Object.keys(schema.shape).filter((name) => naming.test(name)) : [];
      const marked = new Set(personal.map(({ of }) => of));
      return names.filter((name) => !marked.has(name)).map((name) => `${type}: ${name}`);
    });
    expect(unmarked).toEqual([]);
  });

  it('cover every field that tells something about somebody', () => {
    const forgotten = allEvents.flatMap(({ type, schema, personal }) => {
      const names = schema instanceof z.ZodObject ? Object.keys(schema.shape).filter((name) => telling.test(name)) : [];
      return names.filter((name) => !personal.some(({ blanks }) => blanks.has(name))).map((name) => `${type}: ${name}`);
    });
    expect(forgotten).toEqual([]);
  });

  it('are refused for a field that is not there, that names the person, or that nothing can take the place of', () => {
    const schema = z.object({ userId: z.string(), count: z.number(), note: z.string() });
    const type = 'probe.noted.v1';
    expect(() => defineEvent(type, '', schema, { personal: { of: 'userId', fields: ['note'] } })).not.toThrow();
    expect(() => defineEvent(type, '', schema, { personal: { of: 'userId', fields: ['count'] } })).toThrow(/count/);
    expect(() => defineEvent(type, '', schema, { personal: { of: 'userId', fields: ['userId'] } })).toThrow(/userId/);
    const elsewhere: { of: string } = { of: 'personId' };
    expect(() => defineEvent<string, z.ZodObject>(type, '', schema, { personal: elsewhere })).toThrow(/personId/);
  });
});

describe('an event without somebody', () => {
  it('fits its contract, names them still, and tells nothing more about them', () => {
    const { data } = withoutPeople(registered, (id) => id === 'ada');
    expect(data).toEqual({
      userId: 'ada',
      email: nobodysAddress,
      firstName: '',
      lastName: '',
      roles: ['STUDENT'],
      registeredAt: registered.data.registeredAt,
    });
    expect(userRegistered.schema.parse(data)).toEqual(data);
  });

  it('is made so of every golden sample, and fits its contract', () => {
    for (const { type, personal } of allEvents) {
      const samples = z.array(z.looseObject({ data: z.unknown() })).parse(sampleOf(type));
      for (const { data } of samples) {
        const { data: blanked } = withoutPeople({ type, data }, everybody);
        expect(() => eventOfType(type)?.schema.parse(blanked)).not.toThrow();
        expect(peopleIn({ type, data: blanked })).toEqual(peopleIn({ type, data }));
        expect(peopleIn({ type, data }).length).toBeLessThanOrEqual(personal.length);
      }
    }
  });

  it('is the very same when it speaks of others, or has nothing left to blank', () => {
    expect(withoutPeople(registered, (id) => id === 'bob')).toBe(registered);
    const once = withoutPeople(registered, everybody);
    expect(withoutPeople(once, everybody)).toBe(once);
    const unknown = { type: 'probe.unknown.v1', data: { userId: 'ada' } };
    expect(withoutPeople(unknown, everybody)).toBe(unknown);
  });

  it('keeps what it tells about the other of two people', () => {
    const data = {
      userId: 'ada',
      adminId: 'root',
      email: 'ada@example.com',
      firstName: 'Ada',
      reason: 'lost her phone',
    };
    const reset = { type: twoFactorReset.type, data: { ...data, resetAt: registered.data.registeredAt } };
    expect(withoutPeople(reset, (id) => id === 'root')).toBe(reset);
    expect(withoutPeople(reset, (id) => id === 'ada').data).toMatchObject({
      adminId: 'root',
      firstName: '',
      reason: '',
    });
    expect(peopleIn(reset)).toEqual(['ada', 'root']);
  });

  it('tells whether there is anything to blank at all', () => {
    expect(tellsPersonal(registered)).toBe(true);
    expect(tellsPersonal({ type: mediaReady.type, data: { ownerId: 'ada', fileName: 'cv.pdf' } })).toBe(true);
    expect(tellsPersonal({ type: 'billing.payment-refunded.v1', data: { learnerId: 'ada' } })).toBe(false);
  });
});
