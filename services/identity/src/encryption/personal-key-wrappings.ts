import { PersonalKeys } from '@lyceum/store';
import { Injectable } from '@nestjs/common';
import { SecretPlace } from './secret-place.js';

/** The keys of people, which the key in front is to wrap. Every service does that by itself after a start; here it is seen to be done. */
@Injectable()
export class PersonalKeyWrappings extends SecretPlace {
  readonly name = 'personal-keys';

  constructor(private readonly keys: PersonalKeys) {
    super();
  }

  left(): Promise<number> {
    return this.keys.outdated();
  }

  async renew(): Promise<{ renewed: number }> {
    return { renewed: await this.keys.rewrap() };
  }
}
