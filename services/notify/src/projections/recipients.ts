import { type EventOf, emailChanged, emailVerified, profileChanged, userRegistered } from '@lyceum/contracts';
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
    from(profileChanged, (event) => this.renamed(event)),
    from(emailVerified, (event) => this.verified(event)),
    from(emailChanged, (event) => this.moved(event)),
  ];

  constructor(database: Database) {
    super(database, {
      collection: 'recipients',
      fields: { firstName: String, lastName: String, locale: String, registeredEmail: String, verifiedEmail: String },
      personal: {
        owner: 'id',
        fields: {
          firstName: undefined,
          lastName: undefined,
          locale: undefined,
          registeredEmail: undefined,
          verifiedEmail: undefined,
        },
      },
      indexes: [],
    });
  }

  async registered({ data, aggregateversion }: EventOf<typeof userRegistered>): Promise<void> {
    const { userId, email: registeredEmail, firstName, lastName, locale } = data;
    await this.patch(userId, 'registration', aggregateversion, { registeredEmail });
    await this.patch(userId, 'profile', aggregateversion, { firstName, lastName, locale });
  }

  renamed({ data, aggregateversion }: EventOf<typeof profileChanged>): Promise<boolean> {
    const { userId, firstName, lastName, locale } = data;
    return this.patch(userId, 'profile', aggregateversion, { firstName, lastName, locale });
  }

  /** The new address is proven with the change. */
  moved({ data, aggregateversion }: EventOf<typeof emailChanged>): Promise<boolean> {
    return this.patch(data.userId, 'verification', aggregateversion, { verifiedEmail: data.email });
  }

  verified({ data, aggregateversion }: EventOf<typeof emailVerified>): Promise<boolean> {
    return this.patch(data.userId, 'verification', aggregateversion, { verifiedEmail: data.email });
  }
}
