import { reactionsOf } from '@lyceum/bus';
import type { EventDefinition } from '@lyceum/contracts';
import type { ServiceDefinition } from '../service.js';
import { PersonalDataReactions } from './reactions.js';

/** What a service listens to: the events in its reactions, and those that the host of every service with personal data hears. */
export const everythingHeardBy = ({
  reactions,
  personalData,
}: Pick<ServiceDefinition, 'reactions' | 'personalData'>): readonly EventDefinition[] => [
  ...(reactions ? reactionsOf(reactions) : []),
  ...(personalData ? reactionsOf(PersonalDataReactions) : []),
];
