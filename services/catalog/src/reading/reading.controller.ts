import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import type { Caller } from '@lyceum/http';
import { Public, Refuses, Visitor, httpRefusals } from '@lyceum/http';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CourseParams, LectureParams } from '../courses/course.requests.js';
import { answerTagged } from '../courses/preconditions.js';
import { refusals } from '../refusals.js';
import { LectureContent, PublishedCourse } from './course.view.js';
import { type Readable, ReadingService } from './reading.service.js';

const SHARED = 'public, max-age=30, stale-while-revalidate=60';
const PRIVATE = 'private, no-cache';

/** What learners and visitors read. A course is found by its id or its slug. */
@Controller('courses/:courseId')
export class ReadingController {
  constructor(private readonly reading: ReadingService) {}

  @Get()
  @Public()
  @ApiOperation({ summary: 'A published course: what it offers, without what it teaches' })
  @ApiOkResponse({ standardSchema: PublishedCourse })
  @Refuses(refusals.courseNotFound)
  async course(
    @Param({ schema: CourseParams }) { courseId }: CourseParams,
    @Visitor() visitor: Caller | undefined,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PublishedCourse | undefined> {
    return answer(await this.reading.course(courseId, visitor), request, reply);
  }

  @Get('lectures/:lectureId')
  @Public()
  @ApiOperation({ summary: 'A lecture: previews for everybody, others for those entitled and for authors' })
  @ApiOkResponse({ standardSchema: LectureContent })
  @Refuses(refusals.courseNotFound, refusals.lectureNotFound, refusals.notEntitled, httpRefusals.notSignedIn)
  async lecture(
    @Param({ schema: LectureParams }) { courseId, lectureId }: LectureParams,
    @Visitor() visitor: Caller | undefined,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<LectureContent | undefined> {
    return answer(await this.reading.lecture(courseId, lectureId, visitor), request, reply);
  }
}

function answer<View>({ view, tag, shared }: Readable<View>, request: FastifyRequest, reply: FastifyReply) {
  return answerTagged({ request, reply }, { tag, cache: shared ? SHARED : PRIVATE }, () => view);
}
