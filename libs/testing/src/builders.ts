import type { EventDefinition } from '@lyceum/contracts';
import type { z } from 'zod';
import { goldenSamples } from './golden.js';

/**
 * Data of an event as it was once recorded, with what matters to the test in its place:
 * `dataOf(paymentSucceeded, { learnerId: 'ada' })`.
 */
export function dataOf<Schema extends z.ZodType<object>>(
  definition: EventDefinition<string, Schema>,
  differing: Partial<z.input<Schema>> = {},
): z.input<Schema> {
  const [recorded] = goldenSamples(definition.type);
  return { ...definition.parse(recorded).data, ...differing } as z.input<Schema>;
}
