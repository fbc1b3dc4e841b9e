import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Id } from '@lyceum/contracts';
import { Caller, Idempotent, PageQuery, Refuses, Roles, VerifiedRoles } from '@lyceum/http';
import { Clock } from '@lyceum/kernel';
import { z } from 'zod';
import { refusals } from '../refusals.js';
import { AccessExplained, AccessView, EnrollmentPage, EnrollmentView, explain, viewOf } from './enrollment.view.js';
import { EnrollmentsService } from './enrollments.service.js';

const Enroll = z.strictObject({ courseId: Id }).meta({ id: 'Enroll' });
const EnrollmentParams = z.object({ enrollmentId: Id });
const CourseParams = z.object({ courseId: Id });
type Enroll = z.infer<typeof Enroll>;
type EnrollmentParams = z.infer<typeof EnrollmentParams>;
type CourseParams = z.infer<typeof CourseParams>;

@ApiTags('enrollments')
@Controller('enrollments')
export class EnrollmentsController {
  constructor(
    private readonly enrollments: EnrollmentsService,
    private readonly clock: Clock,
  ) {}

  @Post()
  @VerifiedRoles()
  @Idempotent()
  @ApiOperation({ summary: 'Enrol in a free course' })
  @ApiCreatedResponse({ standardSchema: EnrollmentView })
  @Refuses(refusals.courseNotOffered, refusals.paymentRequired, refusals.ownCourse)
  async enroll(@Caller() caller: Caller, @Body({ schema: Enroll }) { courseId }: Enroll): Promise<EnrollmentView> {
    return viewOf(await this.enrollments.enrollFree(caller.id, courseId), this.clock.now());
  }

  @Get()
  @Roles()
  @ApiOperation({ summary: 'My enrolments' })
  @ApiOkResponse({ standardSchema: EnrollmentPage })
  async mine(@Caller() caller: Caller, @Query({ schema: PageQuery }) query: PageQuery) {
    const { items, ...rest } = await this.enrollments.mine(caller.id, query);
    return { items: items.map((each) => viewOf(each, this.clock.now())), ...rest };
  }

  @Get(':enrollmentId')
  @Roles()
  @ApiOperation({ summary: 'One of my enrolments' })
  @ApiOkResponse({ standardSchema: EnrollmentView })
  @Refuses(refusals.notFound)
  async one(@Caller() caller: Caller, @Param({ schema: EnrollmentParams }) { enrollmentId }: EnrollmentParams) {
    return viewOf(await this.enrollments.one(enrollmentId, caller.id), this.clock.now());
  }
}

@ApiTags('access')
@Roles()
@Controller('access')
export class AccessController {
  constructor(private readonly enrollments: EnrollmentsService) {}

  @Get('explain')
  @ApiOperation({ summary: 'Why I have access to a course, or why not: every grant and its reason' })
  @ApiOkResponse({ standardSchema: AccessExplained })
  async explain(@Caller() caller: Caller, @Query({ schema: CourseParams }) { courseId }: CourseParams) {
    return explain(courseId, await this.enrollments.of(caller.id, courseId));
  }

  @Get(':courseId')
  @ApiOperation({ summary: 'Whether I may learn a course' })
  @ApiOkResponse({ standardSchema: AccessView })
  async access(
    @Caller() caller: Caller,
    @Param({ schema: CourseParams }) { courseId }: CourseParams,
  ): Promise<AccessView> {
    const { access } = explain(courseId, await this.enrollments.of(caller.id, courseId));
    return { courseId, access };
  }
}
