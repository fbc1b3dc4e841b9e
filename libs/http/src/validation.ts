import { StandardSchemaValidationPipe } from '@nestjs/common';
import { refusals } from './refusals.js';

type Segment = PropertyKey | { readonly key: PropertyKey };

const textOf = (path: readonly Segment[] = []): string =>
  path.map((segment) => String(typeof segment === 'object' ? segment.key : segment)).join('.');

/** Parses bodies, parameters and queries with the zod schema given to `@Body`, `@Param` or `@Query`. */
export const validationPipe = (): StandardSchemaValidationPipe =>
  new StandardSchemaValidationPipe({
    exceptionFactory: (issues) =>
      refusals.invalidRequest(undefined, {
        errors: issues.slice(0, 100).map(({ path, message }) => ({ path: textOf(path), message })),
      }),
  });
