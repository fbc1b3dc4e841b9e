/** An event as a decision makes it, before the envelope is added. */
export interface DomainEvent<Type extends string = string, Data = unknown> {
  readonly type: Type;
  readonly data: Data;
}

/** The outcome of a decision: the next state and what the world is told, saved together or not at all. */
export interface Change<State> {
  readonly state: State;
  readonly events: readonly DomainEvent[];
  /** False when the decision found nothing to do; then nothing is written. */
  readonly changed: boolean;
}

/** The state becomes `state`, and `events` leave with it. */
export function changed<State>(state: State, events: readonly DomainEvent[] = []): Change<State> {
  return { state, events, changed: true };
}

/** Nothing to do, for example because a message was delivered again. */
export function unchanged<State>(state: State): Change<State> {
  return { state, events: [], changed: false };
}
