import { Controller, Get, Param, Query } from '@nestjs/common';
import { Id } from '@lyceum/contracts';
import { Caller, PageQuery, Refuses, Roles, isAdmin } from '@lyceum/http';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { refusals } from '../refusals.js';
import { AnalyticsService } from './analytics.service.js';
import { CourseAnalytics, CourseNumbersPage } from './analytics.view.js';

const CourseParams = z.object({ courseId: Id });
type CourseParams = z.infer<typeof CourseParams>;

@ApiTags('analytics')
@Controller('analytics/courses')
export class AnalyticsController {
  constructor(private readonly analytics: AnalyticsService) {}

  @Get()
  @Roles('INSTRUCTOR')
  @ApiOperation({ summary: 'The numbers of each course that I teach' })
  @ApiOkResponse({ standardSchema: CourseNumbersPage })
  mine(@Caller() caller: Caller, @Query({ schema: PageQuery }) query: PageQuery): Promise<CourseNumbersPage> {
    return this.analytics.ofInstructor(caller.id, query);
  }

  @Get(':courseId')
  @Roles('INSTRUCTOR', 'ADMIN')
  @ApiOperation({ summary: 'The numbers of a course: funnel by lecture, quizzes by question' })
  @ApiOkResponse({ standardSchema: CourseAnalytics })
  @Refuses(refusals.courseNotFound, refusals.notYourCourse)
  one(@Caller() caller: Caller, @Param({ schema: CourseParams }) { courseId }: CourseParams): Promise<CourseAnalytics> {
    return this.analytics.ofCourse(courseId, { id: caller.id, isAdmin: isAdmin(caller) });
  }
}
