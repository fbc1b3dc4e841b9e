import { type EventOf, nobodysAddress, profileChanged } from '@lyceum/contracts';
import { type DomainEvent, type Timers, changed } from '@lyceum/kernel';
import { Aggregates, type Database, type Page, Projection, Records, from } from '../src/index.js';

/** Somebody with an account. */
export interface Person {
  readonly id: string;
  readonly email: string;
  readonly firstName: string;
  readonly words?: readonly string[];
  readonly born?: Date | undefined;
  readonly wish?: { readonly status: string; readonly newEmail?: string };
  readonly seats: number;
}

export class People extends Aggregates<Person> {
  constructor(database: Database) {
    super(database, {
      collection: 'people',
      fields: {
        email: { type: String, required: true },
        firstName: { type: String, required: true },
        words: [String],
        born: Date,
        wish: { type: { _id: false, status: String, newEmail: String }, default: undefined },
        seats: Number,
      },
      indexes: [{ keys: { email: 1 }, unique: true }, { keys: { words: 1 } }],
      personal: {
        owner: 'id',
        fields: {
          email: (id: string) => `${id}@erased.invalid`,
          firstName: 'erased',
          words: [],
          born: undefined,
          'wish.newEmail': nobodysAddress,
        },
        lookUps: { email: 'whole', words: 'beginnings' },
      },
    });
  }

  register(person: Omit<Person, 'seats'>, events: readonly DomainEvent[] = [], timers?: Timers): Promise<Person> {
    return this.change(person.id, () => changed({ seats: 1, ...person }, events, timers));
  }
  edit(id: string, change: Partial<Person>, events: readonly DomainEvent[] = []): Promise<Person> {
    return this.change(id, (current) => {
      if (!current) throw new Error(`${id} is not there`);
      return changed({ ...current, ...change }, events);
    });
  }
  byEmail(email: string): Promise<Person | undefined> {
    return this.findOne({ email });
  }
  named(...beginnings: string[]): Promise<Page<Person>> {
    const words = beginnings.length === 1 ? beginnings[0] : beginnings;
    return this.page({ words }, { limit: 10 });
  }
  byFirstName(firstName: string): Promise<Person[]> {
    return this.find({ firstName });
  }
  inOrderOf(field: string): Promise<Page<Person>> {
    return this.page({}, { limit: 10, sort: field });
  }
  list(after?: string): Promise<Page<Person>> {
    return this.page({}, { limit: 7, after });
  }
}

/** Where somebody was signed in. */
export interface Visit {
  readonly id: string;
  readonly personId?: string;
  readonly device: { readonly address?: string; readonly kind: string };
  readonly note?: string | undefined;
}

export class Visits extends Records<Visit> {
  constructor(database: Database) {
    super(database, {
      collection: 'visits',
      fields: { personId: String, device: { address: String, kind: String }, note: String },
      indexes: [{ keys: { personId: 1, 'device.address': 1 } }],
      personal: {
        owner: 'personId',
        fields: { 'device.address': '0.0.0.0', note: undefined },
        lookUps: { 'device.address': 'whole' },
      },
    });
  }
  from(personId: string, address: string): Promise<Visit | undefined> {
    return this.findOne({ personId, 'device.address': address });
  }
}

export interface Name {
  readonly id: string;
  readonly firstName?: string;
  readonly lastName?: string;
  readonly roles?: readonly string[];
}

/** What another service knows of people. */
export class Names extends Projection<Name> {
  readonly feeds = [from(profileChanged, (event) => this.named(event))];

  constructor(database: Database) {
    super(database, {
      collection: 'names',
      fields: { firstName: String, lastName: String, roles: [String] },
      indexes: [],
      personal: { owner: 'id', fields: { firstName: 'erased', lastName: 'erased' } },
    });
  }
  named({ data, aggregateversion }: EventOf<typeof profileChanged>): Promise<boolean> {
    const { userId: id, firstName, lastName, roles } = data;
    return this.put(aggregateversion, { id, firstName, lastName, roles });
  }
  list(): Promise<Page<Name>> {
    return this.page({}, { limit: 50 });
  }
}

export const profile = (userId: string, firstName: string) =>
  profileChanged({
    userId,
    firstName,
    lastName: `of ${firstName}`,
    roles: ['STUDENT'],
    changedAt: '2026-03-01T12:00:00.000Z',
  });
