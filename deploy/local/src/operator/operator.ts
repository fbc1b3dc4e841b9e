import { setTimeout as pause } from 'node:timers/promises';
import type { Command } from './command.js';
import { type Desk, type Projection, Refused } from './desk.js';
import {
  actsReport,
  letterReport,
  lettersReport,
  overviewReport,
  plural,
  progressLine,
  projectionsReport,
} from './report.js';

/** Where the answers go. */
export interface Voice {
  /** The answer: a text for people, and the same as data. */
  answer(text: string, data: unknown): void;
  /** What happens meanwhile, for people. */
  progress(text: string): void;
}

type Asked = Exclude<Command, { name: 'help' }>;

/** Does what was asked. Throws {@link Refused}. */
export async function operate(command: Asked, desk: Desk, voice: Voice, everyMs = 400): Promise<void> {
  switch (command.name) {
    case 'dead': {
      const { service, selection, limit } = command;
      if (service === undefined) return deadEverywhere(desk, voice, command);
      const list = await desk.deadLetters(service, selection, limit);
      return voice.answer(lettersReport(service, list), list);
    }
    case 'show': {
      const letter = await desk.deadLetter(command.service, command.id);
      return voice.answer(letterReport(command.service, letter), letter);
    }
    case 'replay': {
      const { service, selection, dryRun, reason } = command;
      const done = await desk.replay(service, { ...selection, dryRun, ...(reason ? { reason } : {}) });
      const letters = plural(done.count, 'dead letter');
      return voice.answer(
        dryRun ? `${letters} would be given back to ${service}.` : `${letters} given back to ${service}.`,
        done,
      );
    }
    case 'drop': {
      const done = await desk.drop(command.service, command.ids, command.reason);
      return voice.answer(`${plural(done.count, 'dead letter')} of ${command.service} thrown away.`, done);
    }
    case 'projections': {
      const { services } = await desk.overview();
      const { service } = command;
      const found = service === undefined ? services : [{ service, projections: await desk.projections(service) }];
      return voice.answer(
        projectionsReport(found),
        found.map(({ service: of, projections }) => ({ service: of, projections })),
      );
    }
    case 'rebuild':
      return rebuild(command, desk, voice, everyMs);
    case 'acts': {
      const acts = await desk.acts(command.service);
      return voice.answer(actsReport(command.service, acts), acts);
    }
  }
}

/** How many each service has, and those that are meant. */
async function deadEverywhere(
  desk: Desk,
  voice: Voice,
  { selection, limit }: Extract<Asked, { name: 'dead' }>,
): Promise<void> {
  const overview = await desk.overview();
  const affected = overview.services.filter(({ deadLetters }) => deadLetters > 0);
  const lists = await Promise.all(
    affected.map(async ({ service }) => ({ service, ...(await desk.deadLetters(service, selection, limit)) })),
  );
  const texts = lists.map((list) => `${list.service}\n${lettersReport(list.service, list)}`);
  const counts = overview.services.map(({ service, deadLetters }) => ({ service, deadLetters }));
  voice.answer([overviewReport(overview), ...texts].join('\n\n'), { services: counts, silent: overview.silent, lists });
}

async function rebuild(
  { service, projection: name, wait, reason }: Extract<Asked, { name: 'rebuild' }>,
  desk: Desk,
  voice: Voice,
  everyMs: number,
): Promise<void> {
  let said = '';
  let projection: Projection = await desk.rebuild(service, name, reason);
  for (;;) {
    const line = progressLine(projection);
    if (line !== said) voice.progress(`${service} ${name}: ${line}`);
    said = line;
    const status = projection.rebuild?.status;
    if (status === 'failed')
      throw new Refused(`${service} ${name} was not rebuilt: ${projection.rebuild?.failure ?? ''}`);
    if (status === 'done')
      return voice.answer(`${service} ${name} has been rebuilt: ${plural(projection.rows, 'row')}.`, projection);
    if (!wait) return voice.answer(`${service} ${name} is being rebuilt.`, projection);
    await pause(everyMs);
    projection = await desk.projection(service, name);
  }
}
