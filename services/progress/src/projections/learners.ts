import { Injectable } from '@nestjs/common';
import { type EventOf, userRegistered } from '@lyceum/contracts';
import { Database, Projection, from } from '@lyceum/store';

interface Learner {
  readonly id: string;
  readonly name: string;
}

/** The names that certificates are made out to. */
@Injectable()
export class Learners extends Projection<Learner> {
  readonly feeds = [from(userRegistered, (event) => this.registered(event))];

  constructor(database: Database) {
    super(database, { collection: 'learners', fields: { name: { type: String, required: true } }, indexes: [] });
  }

  registered({ aggregateversion, data }: EventOf<typeof userRegistered>): Promise<boolean> {
    const name = `${data.firstName} ${data.lastName}`.trim();
    return this.put(aggregateversion, { id: data.userId, name: name || 'Learner' });
  }
}
