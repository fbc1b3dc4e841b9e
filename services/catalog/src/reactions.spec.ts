import { reactionsOf } from '@lyceum/bus';
import { goldenSamples } from '@lyceum/testing';
import { Reactions } from './reactions.js';

describe('what the catalog listens to', () => {
  const heard = reactionsOf(Reactions);

  it('is what it needs to know', () => {
    expect(heard.map(({ type }) => type).toSorted((a, b) => a.localeCompare(b))).toEqual([
      'catalog.course-archived.v1',
      'catalog.course-published.v1',
      'enrollment.activated.v1',
      'enrollment.ended.v1',
      'identity.profile-changed.v1',
      'identity.roles-changed.v1',
      'identity.user-registered.v1',
      'media.ready.v1',
      'media.rejected.v1',
      'progress.quiz-defined.v1',
    ]);
  });

  it('can be read as it was ever published', () => {
    for (const definition of heard)
      for (const sample of goldenSamples(definition.type))
        expect(definition.parse(sample)).toMatchObject({ type: definition.type });
  });
});
