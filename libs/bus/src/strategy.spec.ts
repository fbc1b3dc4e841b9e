import { type Envelope, type EventOf, defineEvent } from '@lyceum/contracts';
import { Metrics, createLog, currentTrace } from '@lyceum/telemetry';
import {
  type ArgumentsHost,
  type CallHandler,
  Catch,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  Injectable,
  type INestApplication,
  Module,
  type NestInterceptor,
  type Type,
} from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { APP_FILTER, APP_INTERCEPTOR, NestFactory } from '@nestjs/core';
import { PassThrough } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { EMPTY, type Observable, catchError, of, throwError, timer } from 'rxjs';
import { mergeMap } from 'rxjs/operators';
import { z } from 'zod';
import { anEvent, eventually } from './bus.contract.js';
import { InProcessBus } from './in-process.js';
import { On, reactionsOf } from './on.js';
import { type DirectMessage, EventsServer, direct } from './strategy.js';

const shipped = defineEvent('testing.shipped.v1', 'Something was shipped', z.object({ count: z.int() }));
const lost = defineEvent('testing.lost.v1', 'Something was lost', z.object({ count: z.int() }));

@Injectable()
class Deeds {
  readonly done: { what: string; count: number; trace: string | undefined; mine: boolean }[] = [];
  failures = 0;
}

@Controller()
class Reactions {
  private readonly mine = true;
  constructor(private readonly deeds: Deeds) {}

  @On(shipped)
  async whenShipped(event: EventOf<typeof shipped>): Promise<void> {
    await Promise.resolve();
    if (this.deeds.failures-- > 0) throw new TypeError('the ship sank');
    const trace = currentTrace()?.traceparent;
    this.deeds.done.push({ what: event.type, count: event.data.count, trace, mine: this.mine });
  }

  @On(lost)
  whenLost(event: EventOf<typeof lost>): Observable<unknown> {
    if (this.deeds.failures-- > 0) return timer(1).pipe(mergeMap(() => throwError(() => new Error('lost again'))));
    this.deeds.done.push({ what: event.type, count: event.data.count, trace: undefined, mine: this.mine });
    return of('found');
  }
}

@Catch()
class Swallows implements ExceptionFilter {
  catch(_: unknown, host: ArgumentsHost) {
    return host.getType() === 'rpc' ? EMPTY : undefined;
  }
}

@Injectable()
class Forgives implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler) {
    return next.handle().pipe(catchError(() => of('never mind')));
  }
}

describe('a service reacts to events', () => {
  const began: { app: INestApplication; bus: InProcessBus }[] = [];
  afterEach(async () => {
    for (const { app, bus } of began.splice(0)) {
      await app.close();
      await bus.close();
    }
  });

  async function service(
    options: {
      controllers?: Type[];
      forgiving?: boolean;
      retryDelays?: number[];
      deeds?: Deeds;
      directMessages?: DirectMessage[];
      heard?: (event: Envelope) => Promise<Envelope>;
    } = {},
  ) {
    const { controllers = [Reactions], forgiving = false, retryDelays = [10, 10], deeds = new Deeds() } = options;
    const nets = [
      { provide: APP_FILTER, useClass: Swallows },
      { provide: APP_INTERCEPTOR, useClass: Forgives },
    ];
    @Module({ controllers, providers: [{ provide: Deeds, useValue: deeds }, ...(forgiving ? nets : [])] })
    class Shipping {}
    const bus = new InProcessBus({ retryDelays });
    await bus.start();
    const lines: string[] = [];
    const stream = new PassThrough().on('data', (line) => lines.push(String(line)));
    const log = createLog({ service: 'shipping', level: 'info', format: 'json', stream });
    const metrics = new Metrics('shipping', { processMetrics: false });
    const app = await NestFactory.create(Shipping, new FastifyAdapter(), { logger: false, abortOnError: false });
    began.push({ app, bus });
    const { directMessages, heard } = options;
    const strategy = new EventsServer({
      bus,
      service: 'shipping',
      log,
      metrics,
      ...(directMessages ? { directMessages } : {}),
      ...(heard ? { heard } : {}),
    });
    app.connectMicroservice({ strategy }, { inheritAppConfig: forgiving });
    const outcomes = async () => {
      const { values } = await metrics.handled.get();
      const counts = values.filter(({ metricName }) => metricName?.endsWith('_count'));
      return Object.fromEntries(counts.map(({ labels, value }) => [labels.outcome, value]));
    };
    return { app, bus, deeds, lines, outcomes };
  }

  test('with what may be heard of an event, whatever it says', async () => {
    const { app, bus, deeds } = await service({ heard: async (event) => ({ ...event, data: { count: 0 } }) });
    await app.startAllMicroservices();
    await bus.publish([anEvent(shipped.type, { count: 3 })]);
    await eventually(() => expect(deeds.done).toMatchObject([{ what: shipped.type, count: 0 }]));
  });

  test('with the parsed event, as its own object, in the trace of whoever caused the event', async () => {
    const { app, bus, deeds, outcomes } = await service();
    await app.startAllMicroservices();
    const event = anEvent(shipped.type, { count: 3, added: 'by a newer publisher' });
    await bus.publish([event]);
    await eventually(() =>
      expect(deeds.done).toEqual([{ what: shipped.type, count: 3, trace: event.traceparent, mine: true }]),
    );
    expect(await outcomes()).toEqual({ done: 1 });
  });

  test('from the moment at which it says that it has started', async () => {
    const { app, bus, deeds } = await service();
    await app.startAllMicroservices();
    await bus.publish([anEvent(shipped.type, { count: 1 })]);
    await bus.publish([anEvent(lost.type, { count: 2 })]);
    await eventually(() => expect(deeds.done.map(({ count }) => count)).toEqual([1, 2]));
  });

  test.each([
    ['a rejection', shipped, 'TypeError', 'the ship sank'],
    ["an observable's error", lost, 'Error', 'lost again'],
  ])('%s is logged with its attempt and tried again', async (_, definition, name, message) => {
    const { app, bus, deeds, lines, outcomes } = await service();
    await app.startAllMicroservices();
    deeds.failures = 2;
    await bus.publish([anEvent(definition.type, { count: 1 })]);
    await eventually(() => expect(deeds.done).toHaveLength(1));
    expect(await outcomes()).toEqual({ retried: 2, done: 1 });
    const logged: unknown[] = lines.map((line) => JSON.parse(line));
    expect(logged).toMatchObject([
      { attempt: 1, error: { name, message }, traceId: '0af7651916cd43dd8448eb211c80319c' },
      { attempt: 2, error: { name, message } },
    ]);
  });

  test.each([shipped, lost])(
    'filters and interceptors that swallow errors do not hide them from the bus: $type',
    async ({ type }) => {
      const { app, bus, deeds } = await service({ forgiving: true });
      await app.startAllMicroservices();
      deeds.failures = 1;
      await bus.publish([anEvent(type, { count: 1 })]);
      await eventually(() => expect(deeds.done).toHaveLength(1));
    },
  );

  test('a reaction that always fails leaves its own error in the dead letter', async () => {
    const { app, bus, deeds, outcomes } = await service({ forgiving: true });
    await app.startAllMicroservices();
    deeds.failures = 99;
    await bus.publish([anEvent(shipped.type, { count: 1 })]);
    await eventually(async () => expect(await bus.deadLetters('shipping')).toHaveLength(1));
    const [letter] = await bus.deadLetters('shipping');
    expect(letter).toMatchObject({ error: 'TypeError: the ship sank', attempts: 5 });
    expect(letter?.stack).toContain('whenShipped');
    expect(await outcomes()).toEqual({ retried: 4, parked: 1 });
  });

  test('an event that breaks its contract is parked at once and reaches no method', async () => {
    const { app, bus, deeds, outcomes } = await service();
    await app.startAllMicroservices();
    await bus.publish([anEvent(shipped.type, { count: 'three' })]);
    await eventually(async () => expect(await bus.deadLetters('shipping')).toMatchObject([{ attempts: 1 }]));
    expect((await bus.deadLetters('shipping'))[0]?.error).toContain('contract of testing.shipped.v1');
    expect(deeds.done).toEqual([]);
    expect(await outcomes()).toEqual({ parked: 1 });
  });

  test('an event of a type that this instance does not know yet is tried again', async () => {
    const { app, bus, lines } = await service();
    await app.startAllMicroservices();
    await bus.publishTo('shipping', [anEvent('testing.unknown.v1')]);
    await eventually(async () => expect(await bus.deadLetters('shipping')).toMatchObject([{ attempts: 5 }]));
    expect(lines[0]).toContain('shipping has no reaction to testing.unknown.v1');
  });

  test('two methods for one event in a service are refused at start', async () => {
    @Controller()
    class More {
      @On(shipped)
      again() {}
    }
    await expect(service({ controllers: [Reactions, More] })).rejects.toThrow(
      'reacts to testing.shipped.v1 in two places',
    );
  });

  test('the start fails when the bus does', async () => {
    const { app, bus } = await service();
    await bus.close();
    await expect(app.startAllMicroservices()).rejects.toThrow('closed');
  });

  test('closing the application waits for the reaction under way', async () => {
    const seen: string[] = [];
    @Controller()
    class Slow {
      @On(shipped)
      async whenShipped() {
        seen.push('began');
        await setTimeout(100);
        seen.push('ended');
      }
    }
    const { app, bus } = await service({ controllers: [Slow] });
    await app.startAllMicroservices();
    await bus.publish([anEvent(shipped.type, { count: 1 })]);
    await eventually(() => expect(seen).toEqual(['began']));
    await app.close();
    expect(seen).toEqual(['began', 'ended']);
  });

  test('what is put into its own queue reaches whom it is meant for, and is parked when it breaks its contract', async () => {
    @Controller()
    class Nothing {}
    const told: number[] = [];
    const asked = defineEvent('testing.asked.v1', 'Somebody asks', z.object({ count: z.int() }));
    const directMessages = [direct(asked, async ({ data }) => void told.push(data.count))];
    const { app, bus } = await service({ controllers: [Nothing], directMessages });
    await app.startAllMicroservices();
    await bus.publishTo('shipping', [anEvent(asked.type, { count: 'one' }), anEvent(asked.type, { count: 2 })]);
    await eventually(() => expect(told).toEqual([2]));
    await eventually(async () => expect(await bus.deadLetters('shipping')).toMatchObject([{ attempts: 1 }]));
  });

  test('a service without reactions starts and has no queue', async () => {
    @Controller()
    class Nothing {}
    const { app, bus } = await service({ controllers: [Nothing] });
    await app.startAllMicroservices();
    await expect(bus.publishTo('shipping', [anEvent(shipped.type)])).rejects.toThrow('no queue');
  });
});

describe('@On', () => {
  test('what a reactions class listens to can be listed', () => {
    expect(reactionsOf(Reactions).map(({ type }) => type)).toEqual([shipped.type, lost.type]);
  });

  test('a method can be called directly, and then its error is its own', async () => {
    const deeds = new Deeds();
    deeds.failures = 1;
    const event = shipped.parse(anEvent(shipped.type, { count: 1 }));
    await expect(new Reactions(deeds).whenShipped(event)).rejects.toThrow(TypeError);
    await expect(new Reactions(deeds).whenShipped(event)).resolves.toBeUndefined();
  });

  test('one method reacts to one event', () => {
    expect(() => {
      class Twice {
        @On(shipped)
        @On(lost)
        both() {}
      }
      return Twice;
    }).toThrow('both already reacts to testing.lost.v1');
  });
});
