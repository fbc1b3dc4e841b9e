import { Body, Controller, Delete, HttpCode, Param, Patch, Post, Put, Res } from '@nestjs/common';
import { Caller, Idempotent, Refuses, Roles, httpRefusals } from '@lyceum/http';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { refusals } from '../refusals.js';
import {
  CourseParams,
  LectureEdit,
  LectureParams,
  NewLecture,
  NewSection,
  OutlineOrder,
  SectionEdit,
  SectionParams,
} from './course.requests.js';
import { CourseDraft, LectureInDraft, SectionInDraft, courseDraft, lectureView, sectionView } from './course.views.js';
import { CoursesService } from './courses.service.js';
import { ExpectedVersions, type IfMatch, IfMatchHeader, tagged } from './preconditions.js';

/** Sections and lectures of a draft. The ETag of every answer is that of the course. */
@Controller('courses/:courseId')
@Roles('INSTRUCTOR', 'ADMIN')
export class OutlineController {
  constructor(private readonly courses: CoursesService) {}

  @Post('sections')
  @Idempotent()
  @IfMatchHeader()
  @ApiOperation({ summary: 'Add a section' })
  @ApiCreatedResponse({ standardSchema: SectionInDraft })
  @Refuses(refusals.courseNotFound, refusals.limitReached, httpRefusals.staleEdit)
  async addSection(
    @Param({ schema: CourseParams }) { courseId }: CourseParams,
    @Body({ schema: NewSection }) body: NewSection,
    @Caller() caller: Caller,
    @ExpectedVersions() seen: IfMatch,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SectionInDraft> {
    return sectionView(tagged(await this.courses.addSection({ courseId, caller, seen }, body), reply));
  }

  @Patch('sections/:sectionId')
  @IfMatchHeader()
  @ApiOperation({ summary: 'Rename a section' })
  @ApiOkResponse({ standardSchema: SectionInDraft })
  @Refuses(refusals.courseNotFound, refusals.sectionNotFound, httpRefusals.staleEdit)
  async renameSection(
    @Param({ schema: SectionParams }) { courseId, sectionId }: SectionParams,
    @Body({ schema: SectionEdit }) body: SectionEdit,
    @Caller() caller: Caller,
    @ExpectedVersions() seen: IfMatch,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SectionInDraft> {
    return sectionView(
      tagged(await this.courses.renameSection({ courseId, caller, seen }, sectionId, body.title), reply),
    );
  }

  @Delete('sections/:sectionId')
  @HttpCode(204)
  @IfMatchHeader()
  @ApiOperation({ summary: 'Take a section with its lectures out of the draft' })
  @ApiNoContentResponse()
  @Refuses(refusals.courseNotFound, refusals.sectionNotFound, httpRefusals.staleEdit)
  async removeSection(
    @Param({ schema: SectionParams }) { courseId, sectionId }: SectionParams,
    @Caller() caller: Caller,
    @ExpectedVersions() seen: IfMatch,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    tagged(await this.courses.removeSection({ courseId, caller, seen }, sectionId), reply);
  }

  @Post('sections/:sectionId/lectures')
  @Idempotent()
  @IfMatchHeader()
  @ApiOperation({ summary: 'Add a lecture' })
  @ApiCreatedResponse({ standardSchema: LectureInDraft })
  @Refuses(refusals.courseNotFound, refusals.sectionNotFound, refusals.limitReached, httpRefusals.staleEdit)
  async addLecture(
    @Param({ schema: SectionParams }) { courseId, sectionId }: SectionParams,
    @Body({ schema: NewLecture }) body: NewLecture,
    @Caller() caller: Caller,
    @ExpectedVersions() seen: IfMatch,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<LectureInDraft> {
    return lectureView(tagged(await this.courses.addLecture({ courseId, caller, seen }, sectionId, body), reply));
  }

  @Patch('lectures/:lectureId')
  @IfMatchHeader()
  @ApiOperation({ summary: 'Change a lecture' })
  @ApiOkResponse({ standardSchema: LectureInDraft })
  @Refuses(
    refusals.courseNotFound,
    refusals.lectureNotFound,
    refusals.notOfThisKind,
    refusals.limitReached,
    httpRefusals.staleEdit,
  )
  async reviseLecture(
    @Param({ schema: LectureParams }) { courseId, lectureId }: LectureParams,
    @Body({ schema: LectureEdit }) body: LectureEdit,
    @Caller() caller: Caller,
    @ExpectedVersions() seen: IfMatch,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<LectureInDraft> {
    return lectureView(tagged(await this.courses.reviseLecture({ courseId, caller, seen }, lectureId, body), reply));
  }

  @Delete('lectures/:lectureId')
  @HttpCode(204)
  @IfMatchHeader()
  @ApiOperation({ summary: 'Take a lecture out of the draft' })
  @ApiNoContentResponse()
  @Refuses(refusals.courseNotFound, refusals.lectureNotFound, httpRefusals.staleEdit)
  async removeLecture(
    @Param({ schema: LectureParams }) { courseId, lectureId }: LectureParams,
    @Caller() caller: Caller,
    @ExpectedVersions() seen: IfMatch,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    tagged(await this.courses.removeLecture({ courseId, caller, seen }, lectureId), reply);
  }

  @Put('outline')
  @IfMatchHeader()
  @ApiOperation({ summary: 'Put sections and lectures into another order' })
  @ApiOkResponse({ standardSchema: CourseDraft })
  @Refuses(refusals.courseNotFound, refusals.outlineMismatch, httpRefusals.staleEdit)
  async reorder(
    @Param({ schema: CourseParams }) { courseId }: CourseParams,
    @Body({ schema: OutlineOrder }) body: OutlineOrder,
    @Caller() caller: Caller,
    @ExpectedVersions() seen: IfMatch,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CourseDraft> {
    return courseDraft(tagged(await this.courses.reorder({ courseId, caller, seen }, body), reply));
  }
}
