import { Injectable } from '@nestjs/common';
import { type EventOf, quizDefined } from '@lyceum/contracts';
import { Database, type Page, type PageRequest, Projection, from } from '@lyceum/store';

export interface QuizRow {
  readonly id: string;
  readonly ownerId: string;
}

/** Which quizzes exist and whose they are. */
@Injectable()
export class QuizFacts extends Projection<QuizRow> {
  readonly feeds = [from(quizDefined, (event) => this.defined(event))];

  constructor(database: Database) {
    super(database, {
      collection: 'quiz_facts',
      fields: { ownerId: { type: String, required: true } },
      indexes: [{ keys: { ownerId: 1, _id: 1 } }],
    });
  }

  defined({ aggregateversion, data: { quizId, ownerId } }: EventOf<typeof quizDefined>): Promise<boolean> {
    return this.putAbout(ownerId, aggregateversion, { id: quizId, ownerId });
  }

  ofOwner(ownerId: string, page: PageRequest): Promise<Page<QuizRow>> {
    return this.page({ ownerId }, page);
  }

  eraseOwner(ownerId: string): Promise<number> {
    return this.eraseAll({ ownerId });
  }
}
