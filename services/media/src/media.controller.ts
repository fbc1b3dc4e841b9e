import { Body, Controller, Get, Header, HttpCode, Param, Post, Redirect } from '@nestjs/common';
import { ApiCreatedResponse, ApiFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Id, MediaKind } from '@lyceum/contracts';
import { Caller, Idempotent, Public, Refuses, Roles, VerifiedRoles, Visitor, httpRefusals } from '@lyceum/http';
import { z } from 'zod';
import { DeliveryService } from './delivery/delivery.service.js';
import { refusals } from './refusals.js';
import type { Media } from './uploads/media.js';
import { UploadsService } from './uploads/uploads.service.js';

const NewUpload = z
  .strictObject({
    fileName: z.string().min(1).max(255),
    contentType: z.string().min(3).max(150),
    size: z.int().positive().describe('in bytes'),
  })
  .meta({ id: 'NewUpload' });
type NewUpload = z.infer<typeof NewUpload>;

const UploadView = z
  .object({
    mediaId: z.string(),
    upload: z.object({
      method: z.literal('PUT'),
      url: z.url(),
      headers: z.record(z.string(), z.string()).describe('send exactly these'),
      expiresAt: z.iso.datetime(),
    }),
  })
  .meta({ id: 'Upload' });
type UploadView = z.infer<typeof UploadView>;

const MediaView = z
  .object({
    mediaId: z.string(),
    fileName: z.string(),
    kind: MediaKind,
    contentType: z.string(),
    size: z.int(),
    status: z.enum(['awaiting', 'ready', 'rejected']),
    reason: z.string().optional().describe('why it was rejected'),
  })
  .meta({ id: 'Media' });
type MediaView = z.infer<typeof MediaView>;

const DeliveryView = z.object({ url: z.url(), expiresAt: z.iso.datetime() }).meta({ id: 'Delivery' });
type DeliveryView = z.infer<typeof DeliveryView>;

const MediaParams = z.object({ mediaId: Id });
type MediaParams = z.infer<typeof MediaParams>;

@ApiTags('media')
@Controller('media')
export class MediaController {
  constructor(
    private readonly uploads: UploadsService,
    private readonly delivery: DeliveryService,
  ) {}

  @Post()
  @VerifiedRoles('INSTRUCTOR', 'ADMIN')
  @Idempotent()
  @ApiOperation({ summary: 'Ask for a URL to upload a file to' })
  @ApiCreatedResponse({ standardSchema: UploadView })
  @Refuses(refusals.typeNotAllowed, refusals.tooLarge)
  async begin(@Caller() caller: Caller, @Body({ schema: NewUpload }) wish: NewUpload): Promise<UploadView> {
    const { mediaId, url, headers, expiresAt } = await this.uploads.begin(caller.id, wish);
    return { mediaId, upload: { method: 'PUT', url, headers, expiresAt: expiresAt.toISOString() } };
  }

  @Post(':mediaId/completion')
  @HttpCode(200)
  @VerifiedRoles('INSTRUCTOR', 'ADMIN')
  @ApiOperation({ summary: 'Have an uploaded file checked, and make it usable' })
  @ApiOkResponse({ standardSchema: MediaView })
  @Refuses(
    refusals.notFound,
    refusals.notUploaded,
    refusals.uploadExpired,
    refusals.changedMeanwhile,
    refusals.sizeMismatch,
    refusals.typeMismatch,
  )
  async complete(
    @Caller() caller: Caller,
    @Param({ schema: MediaParams }) { mediaId }: MediaParams,
  ): Promise<MediaView> {
    return viewOf(await this.uploads.complete(mediaId, caller.id));
  }

  @Get(':mediaId')
  @Roles('INSTRUCTOR', 'ADMIN')
  @ApiOperation({ summary: 'The state of one of my files' })
  @ApiOkResponse({ standardSchema: MediaView })
  @Refuses(refusals.notFound)
  async one(@Caller() caller: Caller, @Param({ schema: MediaParams }) { mediaId }: MediaParams): Promise<MediaView> {
    return viewOf(await this.uploads.own(mediaId, caller.id));
  }

  @Get(':mediaId/delivery')
  @Public()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'A signed URL of the file, for who may see it; thumbnails and previews are for everybody' })
  @ApiOkResponse({ standardSchema: DeliveryView })
  @Refuses(httpRefusals.notSignedIn, refusals.notEntitled)
  async deliver(
    @Visitor() visitor: Caller | undefined,
    @Param({ schema: MediaParams }) { mediaId }: MediaParams,
  ): Promise<DeliveryView> {
    const { url, expiresAt } = await this.delivery.deliver(mediaId, visitor);
    return { url, expiresAt: expiresAt.toISOString() };
  }

  @Get(':mediaId/content')
  @Public()
  @Redirect(undefined, 302)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Redirects to the signed URL: for the source of a picture' })
  @ApiFoundResponse({ description: 'to the file' })
  @Refuses(httpRefusals.notSignedIn, refusals.notEntitled)
  async content(
    @Visitor() visitor: Caller | undefined,
    @Param({ schema: MediaParams }) { mediaId }: MediaParams,
  ): Promise<{ url: string }> {
    const { url } = await this.delivery.deliver(mediaId, visitor);
    return { url };
  }
}

function viewOf({ id, fileName, kind, contentType, size, state }: Media): MediaView {
  const view = { mediaId: id, fileName, kind, contentType, size, status: state.status };
  return state.status === 'rejected' ? { ...view, reason: state.reason } : view;
}
