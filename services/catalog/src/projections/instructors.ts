import { Injectable } from '@nestjs/common';
import { type EventOf, nobodysName, profileChanged, rolesChanged, userRegistered } from '@lyceum/contracts';
import { Database, Projection, from } from '@lyceum/store';

export interface Instructor {
  readonly id: string;
  readonly name: string;
  /** Of the account that the name was taken from. */
  readonly source: number;
}

/** The names under which people teach. Nothing is kept of those who only learn. */
/** Everything that tells what somebody is called and whether they teach. */
export type Naming = typeof userRegistered | typeof profileChanged | typeof rolesChanged;

@Injectable()
export class Instructors extends Projection<Instructor> {
  readonly feeds = [
    from(userRegistered, (event) => this.named(event)),
    from(profileChanged, (event) => this.named(event)),
    from(rolesChanged, (event) => this.named(event)),
  ];

  constructor(database: Database) {
    super(database, {
      collection: 'instructors',
      fields: { name: { type: String, required: true }, source: { type: Number, required: true } },
      personal: { owner: 'id', fields: { name: nobodysName } },
      indexes: [],
    });
  }

  /** Who teaches no longer keeps the name under the courses that are out. */
  async named({ aggregateversion, data }: EventOf<Naming>): Promise<void> {
    if (!data.roles.some((role) => role === 'INSTRUCTOR' || role === 'ADMIN')) return;
    const name = `${data.firstName} ${data.lastName}`.trim();
    const row = { id: data.userId, name: name || 'Instructor', source: aggregateversion };
    await this.putAbout(data.userId, aggregateversion, row);
  }
}
