import { Controller } from '@nestjs/common';
import { On } from '@lyceum/bus';
import { type EventOf, dataExportRequested, type erasureAsked, userErased } from '@lyceum/contracts';
import type { Erasure } from '@lyceum/store';
import { Collecting } from './collecting.js';
import { Erasing } from './erasing.js';

/** What the host of every service that keeps anything does about people's own data. */
@Controller()
export class PersonalDataReactions {
  constructor(
    private readonly collecting: Collecting,
    private readonly erasing: Erasing,
  ) {}

  @On(dataExportRequested) whenExportRequested({ data }: EventOf<typeof dataExportRequested>) {
    return this.collecting.collect(data);
  }
  @On(userErased) whenUserErased({ data }: EventOf<typeof userErased>) {
    return this.erasing.erase(erasureIn(data));
  }
}

export const erasureIn = ({
  erasedAt,
  ...data
}: EventOf<typeof userErased | typeof erasureAsked>['data']): Erasure => ({
  ...data,
  erasedAt: new Date(erasedAt),
});
