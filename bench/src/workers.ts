import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** What a process of the benchmark can be asked for; questions and answers travel as JSON. */
export type Work = Readonly<Record<string, (question: never) => Promise<unknown>>>;
type Handler = (question: unknown) => Promise<unknown>;
type QuestionOf<Asked> = Asked extends (question: infer Question) => Promise<unknown> ? Question : never;
type AnswerOf<Asked> = Asked extends (question: never) => Promise<infer Answer> ? Answer : never;

interface Question {
  readonly number: number;
  readonly name: string;
  readonly question: unknown;
}
type Answer = { readonly number: number } & ({ readonly answer: unknown } | { readonly failure: string });

/** A process of its own, so that what is measured shares no event loop with what measures it. */
export interface Worker<Asked extends Work> {
  readonly pid: number;
  /** Rejects with what the work failed with, or when the process ends before it answers. */
  ask<Name extends keyof Asked & string>(name: Name, question: QuestionOf<Asked[Name]>): Promise<AnswerOf<Asked[Name]>>;
  end(): Promise<void>;
}

/**
 * Starts `bench/src/<file>` as a process. `Asked` is the type of what that file hands to {@link work}.
 * @param flags for Node, for example `--cpu-prof`
 */
export async function startWorker<Asked extends Work>(
  file: string,
  env: Readonly<Record<string, string>> = {},
  flags: readonly string[] = [],
): Promise<Worker<Asked>> {
  const here = import.meta.dirname;
  const child = fork(join(here, file), {
    execArgv: ['--import', join(here, '../../tools/ts.mjs'), ...flags],
    env: { ...process.env, ...env },
    serialization: 'json',
  });
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  child.on('message', (message: Answer) => {
    const asked = waiting.get(message.number);
    waiting.delete(message.number);
    if ('failure' in message) asked?.reject(new Error(`${file}: ${message.failure}`));
    else asked?.resolve(message.answer);
  });
  child.on('exit', (code, signal) => {
    for (const asked of waiting.values()) asked.reject(new Error(`${file} has ended (${String(signal ?? code)})`));
    waiting.clear();
  });
  let asked = 0;
  const ask = (name: string, question: unknown): Promise<unknown> => {
    const answer = Promise.withResolvers<unknown>();
    const number = (asked += 1);
    waiting.set(number, answer);
    child.send({ number, name, question } satisfies Question, (error) => {
      if (error && waiting.delete(number)) answer.reject(error);
    });
    return answer.promise;
  };
  try {
    await ask('ready', undefined);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  return {
    pid: child.pid ?? 0,
    // the other end is typed by the same `Asked`
    ask: async (name, question) => (await ask(name, question)) as AnswerOf<Asked[typeof name]>,
    end: () => ended(child),
  };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
  child.disconnect();
  await gone;
  clearTimeout(late);
}

/** Called once by a worker's file: answers the questions of the process that started it, and ends with it. */
export function work(asked: Work, close: () => Promise<void> = () => Promise.resolve()): void {
  // what is asked is typed where it is asked, by this same `asked`
  const handlers = new Map(Object.entries(asked) as [string, Handler][]).set('ready', () => Promise.resolve());
  const answer = async ({ number, name, question }: Question): Promise<Answer> => {
    try {
      const handler = handlers.get(name);
      if (!handler) throw new Error(`${name} cannot be asked for`);
      return { number, answer: await handler(question) };
    } catch (error) {
      return { number, failure: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    }
  };
  process.on('message', (message: Question) => void answer(message).then((said) => process.send?.(said)));
  const end = () => {
    close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  if (process.connected) process.on('disconnect', end);
  else end(); // gone while this process was starting
}
