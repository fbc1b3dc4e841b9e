import { Injectable } from '@nestjs/common';
import { Clock, newId } from '@lyceum/kernel';
import { refusals } from '../refusals.js';
import { type Quiz, type QuizDraft, define, redefine } from './quiz.js';
import { QuizzesStore } from './quizzes.store.js';

@Injectable()
export class QuizzesService {
  constructor(
    private readonly quizzes: QuizzesStore,
    private readonly clock: Clock,
  ) {}

  create(ownerId: string, draft: QuizDraft): Promise<Quiz> {
    const id = newId();
    return this.quizzes.change(id, (current) => define(current, { id, ownerId }, draft, newId, this.clock.now()));
  }

  replace(id: string, ownerId: string, draft: QuizDraft): Promise<Quiz> {
    return this.quizzes.change(id, (current) => redefine(current, ownerId, draft, newId, this.clock.now()));
  }

  async own(id: string, ownerId: string): Promise<Quiz> {
    const quiz = await this.quizzes.get(id);
    if (quiz?.ownerId !== ownerId) throw refusals.quizNotFound();
    return quiz;
  }
}
