import { Body, Controller, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { Id } from '@lyceum/contracts';
import { Caller, PageQuery, Refuses, Roles } from '@lyceum/http';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { refusals } from '../refusals.js';
import { positionIn } from './learning.js';
import { LearningService } from './learning.service.js';
import { CourseProgress, LecturePosition, ProgressPage, summaryOf, viewOf } from './learning.view.js';

const CourseParams = z.object({ courseId: Id });
type CourseParams = z.infer<typeof CourseParams>;
const LectureParams = z.object({ courseId: Id, lectureId: Id });
type LectureParams = z.infer<typeof LectureParams>;
const ReportPosition = z
  .strictObject({ seconds: z.int().nonnegative().describe('how far into the lecture') })
  .meta({ id: 'ReportPosition' });
type ReportPosition = z.infer<typeof ReportPosition>;

@ApiTags('progress')
@Roles()
@Controller('progress')
export class LearningController {
  constructor(private readonly learning: LearningService) {}

  @Get()
  @ApiOperation({ summary: 'How far I am in each of my courses' })
  @ApiOkResponse({ standardSchema: ProgressPage })
  async all(@Caller() caller: Caller, @Query({ schema: PageQuery }) query: PageQuery) {
    const { items, ...rest } = await this.learning.all(caller.id, query);
    return { items: items.map(summaryOf), ...rest };
  }

  @Get(':courseId')
  @ApiOperation({ summary: 'How far I am in a course, lecture by lecture' })
  @ApiOkResponse({ standardSchema: CourseProgress })
  @Refuses(refusals.notEntitled, refusals.courseNotFound)
  async one(
    @Caller() caller: Caller,
    @Param({ schema: CourseParams }) { courseId }: CourseParams,
  ): Promise<CourseProgress> {
    return viewOf(await this.learning.one({ learnerId: caller.id, courseId }));
  }

  @Post(':courseId/lectures/:lectureId/completion')
  @HttpCode(200)
  @ApiOperation({ summary: 'I am done with a lecture; saying so again changes nothing' })
  @ApiOkResponse({ standardSchema: CourseProgress })
  @Refuses(refusals.notEntitled, refusals.courseNotFound, refusals.lectureNotFound, refusals.quizMustBePassed)
  async complete(
    @Caller() caller: Caller,
    @Param({ schema: LectureParams }) { courseId, lectureId }: LectureParams,
  ): Promise<CourseProgress> {
    return viewOf(await this.learning.completeLecture({ learnerId: caller.id, courseId }, lectureId));
  }

  @Put(':courseId/lectures/:lectureId/position')
  @ApiOperation({ summary: 'How far into a lecture I am; a late report never lowers it' })
  @ApiOkResponse({ standardSchema: LecturePosition })
  @Refuses(refusals.notEntitled, refusals.courseNotFound, refusals.lectureNotFound, refusals.beyondLecture)
  async moveTo(
    @Caller() caller: Caller,
    @Param({ schema: LectureParams }) { courseId, lectureId }: LectureParams,
    @Body({ schema: ReportPosition }) { seconds }: ReportPosition,
  ): Promise<LecturePosition> {
    const learning = await this.learning.moveTo({ learnerId: caller.id, courseId }, { lectureId, seconds });
    return { lectureId, positionSeconds: positionIn(learning, lectureId) ?? 0 };
  }
}
