import { Injectable } from '@nestjs/common';
import { Aggregates, Database, type Page, type PageRequest } from '@lyceum/store';
import type { Quiz } from './quiz.js';

@Injectable()
export class QuizzesStore extends Aggregates<Quiz> {
  constructor(database: Database) {
    super(database, {
      collection: 'quizzes',
      fields: {
        ownerId: { type: String, required: true },
        title: { type: String, required: true },
        passPercent: { type: Number, required: true },
        timeLimitSeconds: Number,
        maxAttempts: Number,
        questions: { type: [Object] },
        definedAt: { type: Date, required: true },
      },
      indexes: [{ keys: { ownerId: 1, _id: 1 } }],
    });
  }

  ofOwner(ownerId: string, page: PageRequest): Promise<Page<Quiz>> {
    return this.page({ ownerId }, page);
  }
}
