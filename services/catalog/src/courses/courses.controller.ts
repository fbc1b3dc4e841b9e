import { Body, Controller, Get, HttpCode, Param, Patch, Post, Query, Req, Res } from '@nestjs/common';
import { Caller, Idempotent, PageQuery, Refuses, Roles, httpRefusals } from '@lyceum/http';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { refusals } from '../refusals.js';
import { CourseEdit, CourseParams, NewCourse } from './course.requests.js';
import {
  CourseDraft,
  OwnCourses,
  PublicationView,
  courseDraft,
  ownCourseView,
  publicationView,
} from './course.views.js';
import { CoursesService } from './courses.service.js';
import { ExpectedVersions, type IfMatch, IfMatchHeader, answerTagged, tagged, versionTag } from './preconditions.js';

/** Authoring: for the owner and for admins; to everybody else a draft does not exist. */
@Controller('courses')
@Roles('INSTRUCTOR', 'ADMIN')
export class CoursesController {
  constructor(private readonly courses: CoursesService) {}

  @Post()
  @Idempotent()
  @ApiOperation({ summary: 'Begin a course' })
  @ApiCreatedResponse({ standardSchema: CourseDraft })
  async create(
    @Body({ schema: NewCourse }) body: NewCourse,
    @Caller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CourseDraft> {
    return courseDraft(tagged(await this.courses.create(body, caller), reply));
  }

  @Get('mine')
  @ApiOperation({ summary: 'My courses, newest first' })
  @ApiOkResponse({ standardSchema: OwnCourses })
  @Refuses(httpRefusals.invalidCursor)
  async mine(@Query({ schema: PageQuery }) page: PageQuery, @Caller() caller: Caller): Promise<OwnCourses> {
    const { items, ...rest } = await this.courses.ownCourses(caller, page);
    return { items: items.map(ownCourseView), ...rest };
  }

  @Get(':courseId/draft')
  @ApiOperation({ summary: 'A course with everything in it, as its authors edit it' })
  @ApiOkResponse({ standardSchema: CourseDraft })
  @Refuses(refusals.courseNotFound)
  async draft(
    @Param({ schema: CourseParams }) { courseId }: CourseParams,
    @Caller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CourseDraft | undefined> {
    const { state, version } = await this.courses.draft({ courseId, caller });
    return answerTagged({ request, reply }, { tag: versionTag(version), cache: 'private, no-cache' }, () =>
      courseDraft(state),
    );
  }

  @Patch(':courseId')
  @IfMatchHeader()
  @ApiOperation({ summary: 'Change what a course says about itself' })
  @ApiOkResponse({ standardSchema: CourseDraft })
  @Refuses(refusals.courseNotFound, httpRefusals.staleEdit)
  async revise(
    @Param({ schema: CourseParams }) { courseId }: CourseParams,
    @Body({ schema: CourseEdit }) body: CourseEdit,
    @Caller() caller: Caller,
    @ExpectedVersions() seen: IfMatch,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CourseDraft> {
    return courseDraft(tagged(await this.courses.reviseDetails({ courseId, caller, seen }, body), reply));
  }

  @Post(':courseId/archive')
  @HttpCode(200)
  @IfMatchHeader()
  @ApiOperation({ summary: 'Take a course off the market; those who have it keep it' })
  @ApiOkResponse({ standardSchema: PublicationView })
  @Refuses(refusals.courseNotFound, httpRefusals.staleEdit)
  async archive(
    @Param({ schema: CourseParams }) { courseId }: CourseParams,
    @Caller() caller: Caller,
    @ExpectedVersions() seen: IfMatch,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PublicationView> {
    return publicationView(tagged(await this.courses.archive({ courseId, caller, seen }), reply));
  }
}
