import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { Id } from '@lyceum/contracts';
import { Caller, Idempotent, Refuses, Roles } from '@lyceum/http';
import { Clock } from '@lyceum/kernel';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { refusals } from '../refusals.js';
import {
  AttemptView,
  BeginAttempt,
  BegunAttempt,
  GradedAttempt,
  Submission,
  begunView,
  gradedView,
  viewOf,
} from './attempt.view.js';
import { AttemptsService } from './attempts.service.js';

const QuizParams = z.object({ quizId: Id });
type QuizParams = z.infer<typeof QuizParams>;
const AttemptParams = z.object({ attemptId: Id });
type AttemptParams = z.infer<typeof AttemptParams>;

@ApiTags('attempts')
@Roles()
@Controller()
export class AttemptsController {
  constructor(
    private readonly attempts: AttemptsService,
    private readonly clock: Clock,
  ) {}

  @Post('quizzes/:quizId/attempts')
  @Idempotent()
  @ApiOperation({ summary: 'Begin an attempt at a quiz of one of my courses' })
  @ApiCreatedResponse({ standardSchema: BegunAttempt })
  @Refuses(refusals.quizNotFound, refusals.notEntitled, refusals.whichCourse, refusals.noAttemptsLeft)
  async begin(
    @Caller() caller: Caller,
    @Param({ schema: QuizParams }) { quizId }: QuizParams,
    @Body({ schema: BeginAttempt }) body: BeginAttempt,
  ): Promise<BegunAttempt> {
    return begunView(await this.attempts.begin(caller.id, quizId, body?.courseId));
  }

  @Post('attempts/:attemptId/submission')
  @HttpCode(200)
  @ApiOperation({ summary: 'Submit the answers, once; the same ones again get the same result' })
  @ApiOkResponse({ standardSchema: GradedAttempt })
  @Refuses(
    refusals.attemptNotFound,
    refusals.notEntitled,
    refusals.answerDoesNotFit,
    refusals.alreadySubmitted,
    refusals.timeIsUp,
  )
  async submit(
    @Caller() caller: Caller,
    @Param({ schema: AttemptParams }) { attemptId }: AttemptParams,
    @Body({ schema: Submission }) { answers }: Submission,
  ): Promise<GradedAttempt> {
    return gradedView(await this.attempts.submit(attemptId, caller.id, answers));
  }

  @Get('attempts/:attemptId')
  @ApiOperation({ summary: 'One of my attempts' })
  @ApiOkResponse({ standardSchema: AttemptView })
  @Refuses(refusals.attemptNotFound)
  async one(
    @Caller() caller: Caller,
    @Param({ schema: AttemptParams }) { attemptId }: AttemptParams,
  ): Promise<AttemptView> {
    return viewOf(await this.attempts.own(attemptId, caller.id), this.clock.now(), this.attempts.graceMs);
  }
}
