import { Injectable } from '@nestjs/common';
import type { Addressee, Message } from '../messages/message.js';
import type { Reader } from '../messages/rendering.js';
import { Courses } from './courses.js';
import { Recipients } from './recipients.js';

/** Where and in which words somebody is reached by mail. */
export interface Address {
  readonly email: string;
  readonly name: string;
  readonly reader: Reader;
}

/** A fact of another service that we have not heard of yet. */
export interface Unknown {
  readonly waitsFor: string;
}

export const userKey = (userId: string): string => `user:${userId}`;
export const courseKey = (courseId: string): string => `course:${courseId}`;

/** Looks up whom and what a message is about, in our copies of what other services told. */
@Injectable()
export class Directory {
  constructor(
    private readonly recipients: Recipients,
    private readonly courses: Courses,
  ) {}

  /** Whose message it is. */
  async userIdOf(to: Addressee): Promise<{ readonly userId: string } | Unknown> {
    if (to.kind !== 'instructor') return { userId: to.userId };
    const course = await this.courses.get(to.courseId);
    return course ? { userId: course.instructorId } : { waitsFor: courseKey(to.courseId) };
  }

  async addressOf(to: Addressee): Promise<Address | Unknown> {
    if (to.kind === 'address') {
      const { email, firstName } = to;
      return { email, name: firstName, reader: { firstName, locale: (await this.readerOf(to.userId)).locale } };
    }
    const whose = await this.userIdOf(to);
    if ('waitsFor' in whose) return whose;
    const known = await this.recipients.get(whose.userId);
    const email = known?.verifiedEmail ?? known?.registeredEmail;
    if (known?.firstName === undefined || email === undefined) return { waitsFor: userKey(whose.userId) };
    const { firstName, lastName = '', locale } = known;
    return { email, name: `${firstName} ${lastName}`.trim(), reader: { firstName, locale } };
  }

  /** Whether a fact that a message waited for is known now. */
  async knows(waitsFor: string): Promise<boolean> {
    const [kind, id = ''] = waitsFor.split(/:(.*)/s);
    const found = kind === 'user' ? await this.addressOf({ kind: 'user', userId: id }) : await this.courses.get(id);
    return found !== undefined && !('waitsFor' in found);
  }

  /** In which words somebody reads; for somebody unknown nothing is said about that. */
  async readerOf(userId: string): Promise<Reader> {
    const { firstName, locale } = (await this.recipients.get(userId)) ?? {};
    return { firstName, locale };
  }

  /** The message with the title of its course, where its event did not tell it. */
  async titled(message: Message): Promise<Message | Unknown> {
    if (message.kind !== 'payment-declined' || message.courseTitle !== undefined) return message;
    const course = await this.courses.get(message.courseId);
    return course ? { ...message, courseTitle: course.title } : { waitsFor: courseKey(message.courseId) };
  }
}
