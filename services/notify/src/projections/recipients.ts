import { type EventOf, emailVerified, userRegistered } from '@lyceum/contracts';
import { Database, Projection, from } from '@lyceum/store';
import { Injectable } from '@nestjs/common';

export interface Recipient {
  readonly id: string;
  /** Absent as long as only the proof of the address was heard of. */
  readonly firstName?: string;
  readonly lastName?: string;
  readonly locale?: string;
  readonly registeredEmail?: string;
  readonly verifiedEmail?: string;
}

/** Whom we write to: name, address and language of everybody with an account. */
@Injectable()
export class Recipients extends Projection<Recipient> {
  readonly feeds = [
    from(userRegistered, (event) => this.registered(event)),
    from(emailVerified, (event) => this.verified(event)),
  ];

  constructor(database: Database) {
    super(database, {
      collection: 'recipients',
      fields: { firstName: String, lastName: String, locale: String, registeredEmail: String, verifiedEmail: String },
      indexes: [],
    });
  }

  registered({ data, aggregateversion }: EventOf<typeof userRegistered>): Promise<boolean> {
    const { userId, email: registeredEmail, firstName, lastName, locale } = data;
    return this.patch(userId, 'registration', aggregateversion, { firstName, lastName, locale, registeredEmail });
  }

  verified({ data, aggregateversion }: EventOf<typeof emailVerified>): Promise<boolean> {
    return this.patch(data.userId, 'verification', aggregateversion, { verifiedEmail: data.email });
  }
}
