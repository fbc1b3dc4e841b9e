import { Injectable } from '@nestjs/common';
import { type EventOf, nobodysName, profileChanged, userRegistered } from '@lyceum/contracts';
import { Database, Projection, from } from '@lyceum/store';

interface Learner {
  readonly id: string;
  readonly name: string;
}

/** The names that certificates are made out to. */
@Injectable()
export class Learners extends Projection<Learner> {
  readonly feeds = [
    from(userRegistered, (event) => this.named(event)),
    from(profileChanged, (event) => this.named(event)),
  ];

  constructor(database: Database) {
    super(database, {
      collection: 'learners',
      fields: { name: { type: String, required: true } },
      indexes: [],
      personal: { owner: 'id', fields: { name: nobodysName } },
    });
  }

  /** The name as it is from that event on; certificates that are out keep the one that they were made out to. */
  named({ aggregateversion, data }: EventOf<typeof userRegistered> | EventOf<typeof profileChanged>): Promise<boolean> {
    const name = `${data.firstName} ${data.lastName}`.trim();
    return this.putAbout(data.userId, aggregateversion, { id: data.userId, name: name || 'Learner' });
  }
}
