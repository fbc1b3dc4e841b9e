/** An event as a decision makes it, before the envelope is added. */
export interface DomainEvent<Type extends string = string, Data = unknown> {
  readonly type: Type;
  readonly data: Data;
}

/** An event that happens at a later moment, unless it is cancelled before. */
export interface Timer {
  /** Names it within its aggregate; setting the same key again moves it. */
  readonly key: string;
  /** A moment that is over already means soon. */
  readonly at: Date;
  readonly event: DomainEvent;
}

/** What a decision changes about its aggregate's timers; all others stay. */
export interface Timers {
  readonly set?: readonly Timer[];
  /** Keys; one that is not set is no mistake. */
  readonly cancel?: readonly string[];
}

/** The outcome of a decision: the next state, what the world is told, and what happens later; saved together or not at all. */
export interface Change<State> {
  readonly state: State;
  readonly events: readonly DomainEvent[];
  readonly timers?: Timers;
  /** False when the decision found nothing to do; then nothing is written. */
  readonly changed: boolean;
}

/**
 * The state becomes `state`, `events` leave with it, and `timers` are set and cancelled with it. A timer's event may come all
 * the same when it was cancelled at its last moment: the decision that it leads to looks at the state, not at the clock alone.
 */
export function changed<State>(state: State, events: readonly DomainEvent[] = [], timers?: Timers): Change<State> {
  return { state, events, changed: true, ...(timers ? { timers } : {}) };
}

/** Nothing to do, for example because a message was delivered again. */
export function unchanged<State>(state: State): Change<State> {
  return { state, events: [], changed: false };
}
