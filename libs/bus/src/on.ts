import { AsyncLocalStorage } from 'node:async_hooks';
import type { EventDefinition, EventOf } from '@lyceum/contracts';
import { IntrinsicException } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';

/** Where a handler's own error is kept, out of reach of filters and interceptors that replace or swallow it. */
export interface Attempt {
  failed: boolean;
  error?: unknown;
}

const attempts = new AsyncLocalStorage<Attempt>();
const definitionOf = new WeakMap<object, EventDefinition>();

// Nest logs every other exception of a handler itself, unredacted and without the attempt; the strategy logs these.
class HandlerFailed extends IntrinsicException {}

/** Runs a handler in such a way that its error is found in `attempt`, whatever becomes of it on the way out. */
export const attempting = <T>(attempt: Attempt, work: () => T): T => attempts.run(attempt, work);

/**
 * Marks the method of a reactions class (a Nest controller) that is called with each event of a type. The event is parsed
 * already; the method resolves when the effect is durable, and its error has the event tried again later.
 */
export function On<Definition extends EventDefinition>(definition: Definition) {
  return <Handler extends (event: EventOf<Definition>) => unknown>(
    target: object,
    key: string,
    descriptor: TypedPropertyDescriptor<Handler>,
  ): void => {
    const handle = descriptor.value;
    if (!handle) throw new TypeError(`@On(${definition.type}) belongs on a method`);
    if (definitionOf.has(handle)) throw new TypeError(`${key} already reacts to ${definitionOf.get(handle)?.type}`);
    const remembering = async function (this: unknown, event: EventOf<Definition>): Promise<unknown> {
      try {
        const result = await handle.call(this, event);
        return isObservable(result) ? await lastValueFrom(result, { defaultValue: undefined }) : result;
      } catch (error) {
        const attempt = attempts.getStore();
        if (!attempt) throw error; // called directly, not through the bus
        attempt.failed = true;
        attempt.error = error;
        throw new HandlerFailed('An event handler failed', { cause: error });
      }
    };
    // Nest looks parameters up by the function's name, and other decorators left metadata on the function itself
    Object.defineProperty(remembering, 'name', { value: handle.name });
    for (const name of Reflect.getMetadataKeys(handle))
      Reflect.defineMetadata(name, Reflect.getMetadata(name, handle), remembering);
    definitionOf.set(remembering, definition);
    descriptor.value = remembering as typeof descriptor.value;
    EventPattern<unknown>(definition.type, { definition })(target, key, descriptor);
  };
}

/** The events that a reactions class listens to, in the order of its methods. */
export function reactionsOf(reactions: { readonly prototype: object }): EventDefinition[] {
  return Object.values(Object.getOwnPropertyDescriptors(reactions.prototype)).flatMap(({ value }) => {
    const definition = typeof value === 'function' ? definitionOf.get(value) : undefined;
    return definition ? [definition] : [];
  });
}
