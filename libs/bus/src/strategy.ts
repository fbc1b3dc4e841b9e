import type { Envelope, EventDefinition, ReceivedEvent } from '@lyceum/contracts';
import { type Log, type Metrics, inTrace, newTraceparent, parseTraceparent } from '@lyceum/telemetry';
import { BaseRpcContext, type CustomTransportStrategy, type MessageHandler, Server } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import { z } from 'zod';
import type { Bus, Consumer, Delivery } from './bus.js';
import { ContractBroken } from './failure.js';
import { type Attempt, attempting } from './on.js';

/** What is done with a kind of message that other services put into this one's own queue ({@link Bus.publishTo}). */
export interface DirectMessage {
  readonly type: string;
  receive(message: Envelope): Promise<void>;
}

/** Declares a {@link DirectMessage}; one that breaks its contract is parked at once, like an event. */
export const direct = <Type extends string, Schema extends z.ZodType>(
  definition: EventDefinition<Type, Schema>,
  receive: (message: ReceivedEvent<Type, z.output<Schema>>) => Promise<void>,
): DirectMessage => ({
  type: definition.type,
  receive: (message) => receive(contractKept(definition.type, () => definition.parse(message))),
});

export interface EventsServerOptions {
  readonly bus: Bus;
  /** The service whose queue is read. */
  readonly service: string;
  readonly log?: Log;
  readonly metrics?: Metrics;
  /** How many events may be handled at once in this instance. */
  readonly prefetch?: number;
  /** What the service is told directly, beside the events that its reactions listen to. */
  readonly directMessages?: readonly DirectMessage[];
  /** What of an event may still be heard; asked before each is handled, also one that comes late or again. */
  readonly heard?: (event: Envelope) => Promise<Envelope>;
}

/**
 * The Nest transport that calls the `@On` methods of a service:
 * `app.connectMicroservice({ strategy: new EventsServer({ bus, service }) }, { inheritAppConfig: false })`.
 * All types that are found make one subscription. A handler's error always reaches the bus, which tries again later; an
 * event that breaks its contract is parked at once. Two methods for one type in a service are refused at start.
 */
export class EventsServer extends Server implements CustomTransportStrategy {
  override readonly propagatesEventHandlerErrors = true;
  private consumer: Consumer | undefined;

  constructor(private readonly options: EventsServerOptions) {
    super();
  }

  override addHandler(
    pattern: string,
    callback: MessageHandler,
    isEventHandler = false,
    extras: Record<string, unknown> = {},
  ): void {
    if (this.messageHandlers.has(pattern))
      throw new Error(`${this.options.service} reacts to ${pattern} in two places: one event, one reaction`);
    super.addHandler(pattern, callback, isEventHandler, extras);
  }

  /** Calls back when the subscription is active, or with the error that prevents it. */
  override async listen(callback: (error?: unknown) => void): Promise<void> {
    let failure: unknown;
    try {
      await this.subscribe();
    } catch (error) {
      failure = error;
    }
    callback(failure);
  }

  /** Takes no more events and waits for the handlers that are under way. */
  override async close(): Promise<void> {
    const { consumer } = this;
    this.consumer = undefined;
    await consumer?.stop();
  }

  override on(): never {
    throw new Error('The message bus has no events of its own');
  }

  /** The bus itself. */
  override unwrap<T>(): T {
    return this.options.bus as T;
  }

  private async subscribe(): Promise<void> {
    const { bus, service, prefetch } = this.options;
    const types = [...this.messageHandlers.keys()].sort();
    if (types.length === 0 && !this.options.directMessages) return;
    this.consumer = await bus.subscribe({
      service,
      types,
      handle: (delivery) => this.receive(delivery),
      ...(prefetch ? { prefetch } : {}),
    });
  }

  private receive(delivery: Delivery): Promise<void> {
    const traceparent = parseTraceparent(delivery.event.traceparent) ?? newTraceparent();
    return inTrace({ traceparent }, async () => {
      const began = performance.now();
      const { id, type, subject } = delivery.event;
      const outcome = (name: 'done' | 'retried' | 'parked') =>
        this.options.metrics?.handled.observe({ type, outcome: name }, (performance.now() - began) / 1_000);
      try {
        await this.dispatch(delivery);
        outcome('done');
      } catch (error) {
        const parked = delivery.lastAttempt === true || error instanceof ContractBroken;
        outcome(parked ? 'parked' : 'retried');
        const { attempt } = delivery;
        this.options.log?.error(`${type} failed and is ${parked ? 'parked' : 'tried again later'}`, error, {
          event: id,
          subject,
          attempt,
        });
        throw error;
      }
    });
  }

  private async dispatch({ event: told, attempt: number, replayed }: Delivery): Promise<void> {
    const event = this.options.heard ? await this.options.heard(told) : told;
    const message = this.options.directMessages?.find(({ type }) => type === event.type);
    if (message) return message.receive(event);
    const handler = this.messageHandlers.get(event.type);
    // during a rolling update, another instance may know the type: so it is tried again
    if (!handler) throw new Error(`${this.options.service} has no reaction to ${event.type}`);
    const definition: EventDefinition | undefined = handler.extras?.['definition'];
    if (!definition) throw new Error(`${event.type} is handled by something else than @On`);
    const parsed = contractKept(definition.type, () => definition.parse(event));
    const attempt: Attempt = { failed: false };
    const context = new BaseRpcContext([{ attempt: number, replayed }]);
    await attempting(attempt, async () => {
      try {
        const result = await handler(parsed, context);
        if (isObservable(result)) await lastValueFrom(result, { defaultValue: undefined });
      } catch (error) {
        if (!attempt.failed) throw error; // of a guard, pipe or interceptor
      }
    });
    if (attempt.failed) throw attempt.error;
  }
}

function contractKept<Parsed>(type: string, parse: () => Parsed): Parsed {
  try {
    return parse();
  } catch (error) {
    const wrong =
      error instanceof z.ZodError
        ? error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')
        : String(error);
    throw new ContractBroken(`The event breaks the contract of ${type}: ${wrong}`, { cause: error });
  }
}
