import type { Provider, Type } from '@nestjs/common';
import type { EventDefinition } from '@lyceum/contracts';
import type { RefusalMaker } from '@lyceum/kernel';
import type { z } from 'zod';
import { receiptOf } from './personal-data/erasing.js';
import type { PersonalData } from './personal-data/personal-data.js';

/** Everything that a service is made of; `services/<name>/src/service.ts` is its only export that others may import. */
export interface ServiceDefinition<Config extends z.ZodObject = z.ZodObject> {
  /** Also the name of its database and its queue. */
  readonly name: string;
  /** One sentence for the generated pages. */
  readonly description: string;
  /** Schema of the variables that it reads beside those of every service. */
  readonly config: Config;
  readonly controllers: readonly Type[];
  readonly providers: readonly Provider[];
  /** The class with its `@On(event)` methods, when it listens to any. */
  readonly reactions?: Type;
  /** The class with its `@Scheduled(…)` methods, when it has any; one of the providers. */
  readonly jobs?: Type;
  readonly publishes: readonly EventDefinition[];
  readonly refusals: Readonly<Record<string, RefusalMaker>>;
  /** False for a service that keeps nothing and neither publishes nor listens: the edge. */
  readonly stateful: boolean;
  /** `false` where the service signs the tokens itself and provides its own `VerificationKeys`. */
  readonly remoteKeys?: boolean;
  /** What it can say and erase of the people in its database; every service that keeps anything names one. */
  readonly personalData?: Type<PersonalData>;
  /**
   * The variable with the key that the keys of personal data are encrypted with, where it keeps any; each service has a key of its
   * own. Former ones stand in the same name with `S_READ_ONLY` behind it.
   */
  readonly keyVariable?: string;
}

/**
 * Declares a service; checks that it publishes only events of its own. One that holds personal data also publishes the receipt for
 * what it has erased. Throws RangeError when it publishes something else.
 */
export function defineService<Config extends z.ZodObject>(
  definition: ServiceDefinition<Config>,
): ServiceDefinition<Config> {
  const foreign = definition.publishes.find((event) => event.service !== definition.name);
  if (foreign) throw new RangeError(`${definition.name} cannot publish ${foreign.type}`);
  if (!definition.personalData) return definition;
  return { ...definition, publishes: [...definition.publishes, receiptOf(definition.name)] };
}
