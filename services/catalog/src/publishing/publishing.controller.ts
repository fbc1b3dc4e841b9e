import { Controller, HttpCode, Param, Post, Res } from '@nestjs/common';
import { Caller, Refuses, VerifiedRoles, httpRefusals } from '@lyceum/http';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CourseParams } from '../courses/course.requests.js';
import { PublicationView, publicationView } from '../courses/course.views.js';
import { ExpectedVersions, type IfMatch, IfMatchHeader, tagged } from '../courses/preconditions.js';
import { refusals } from '../refusals.js';
import { PublishingService } from './publishing.service.js';

@Controller('courses/:courseId/publish')
@VerifiedRoles('INSTRUCTOR', 'ADMIN')
export class PublishingController {
  constructor(private readonly publishing: PublishingService) {}

  @Post()
  @HttpCode(200)
  @IfMatchHeader()
  @ApiOperation({
    summary: 'Make the draft what learners see',
    description: 'A refusal lists everything that is missing in `missing: [{ path, message }]`.',
  })
  @ApiOkResponse({ standardSchema: PublicationView })
  @Refuses(refusals.courseNotFound, refusals.notPublishable, refusals.publishingContested, httpRefusals.staleEdit)
  async publish(
    @Param({ schema: CourseParams }) { courseId }: CourseParams,
    @Caller() caller: Caller,
    @ExpectedVersions() seen: IfMatch,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PublicationView> {
    return publicationView(tagged(await this.publishing.publish({ courseId, caller, seen }), reply));
  }
}
