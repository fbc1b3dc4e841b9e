import { Injectable } from '@nestjs/common';
import { type EventOf, quizDefined } from '@lyceum/contracts';
import { Database, Projection, from } from '@lyceum/store';

interface QuizRow {
  readonly id: string;
  readonly ownerId: string;
}

/** Which quizzes exist and whose they are. */
@Injectable()
export class QuizFacts extends Projection<QuizRow> {
  readonly feeds = [from(quizDefined, (event) => this.defined(event))];

  constructor(database: Database) {
    super(database, { collection: 'quiz_facts', fields: { ownerId: { type: String, required: true } }, indexes: [] });
  }

  defined({ aggregateversion, data: { quizId, ownerId } }: EventOf<typeof quizDefined>): Promise<boolean> {
    return this.put(aggregateversion, { id: quizId, ownerId });
  }
}
