import { Injectable } from '@nestjs/common';
import { Aggregates, Database } from '@lyceum/store';
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
      indexes: [],
    });
  }
}
