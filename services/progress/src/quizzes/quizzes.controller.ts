import { Body, Controller, Get, Param, Post, Put } from '@nestjs/common';
import { Id } from '@lyceum/contracts';
import { Caller, Idempotent, Refuses, Roles } from '@lyceum/http';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { refusals } from '../refusals.js';
import { QuizBody, QuizView, viewOf } from './quiz.view.js';
import { QuizzesService } from './quizzes.service.js';

const QuizParams = z.object({ quizId: Id });
type QuizParams = z.infer<typeof QuizParams>;

@ApiTags('quizzes')
@Roles('INSTRUCTOR')
@Controller('quizzes')
export class QuizzesController {
  constructor(private readonly quizzes: QuizzesService) {}

  @Post()
  @Idempotent()
  @ApiOperation({ summary: 'Write a quiz' })
  @ApiCreatedResponse({ standardSchema: QuizView })
  @Refuses(refusals.unknownQuestion)
  async create(@Caller() caller: Caller, @Body({ schema: QuizBody }) body: QuizBody): Promise<QuizView> {
    return viewOf(await this.quizzes.create(caller.id, body));
  }

  @Put(':quizId')
  @ApiOperation({ summary: 'Replace a quiz; attempts that have begun keep the one they began with' })
  @ApiOkResponse({ standardSchema: QuizView })
  @Refuses(refusals.quizNotFound, refusals.unknownQuestion)
  async replace(
    @Caller() caller: Caller,
    @Param({ schema: QuizParams }) { quizId }: QuizParams,
    @Body({ schema: QuizBody }) body: QuizBody,
  ): Promise<QuizView> {
    return viewOf(await this.quizzes.replace(quizId, caller.id, body));
  }

  @Get(':quizId')
  @ApiOperation({ summary: 'One of my quizzes, with its keys' })
  @ApiOkResponse({ standardSchema: QuizView })
  @Refuses(refusals.quizNotFound)
  async one(@Caller() caller: Caller, @Param({ schema: QuizParams }) { quizId }: QuizParams): Promise<QuizView> {
    return viewOf(await this.quizzes.own(quizId, caller.id));
  }
}
