import { Readable } from 'node:stream';
import { Controller, Get, Header, HttpCode, Param, Post, StreamableFile } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import { Caller, Refuses, Roles, StepUp } from '@lyceum/http';
import { z } from 'zod';
import { refusals } from '../refusals.js';
import { archive } from './archive.js';
import { type DataExport, missing } from './data-export.js';
import { ExportsService } from './exports.service.js';

const ExportView = z
  .object({
    exportId: z.string(),
    status: z.enum(['collecting', 'ready', 'expired']),
    requestedAt: z.iso.datetime(),
    readyAt: z.iso.datetime().optional(),
    expiresAt: z.iso.datetime().describe('then it is no longer there'),
    missing: z.array(z.string()).describe('services that have not answered yet'),
  })
  .meta({ id: 'DataExport' });
type ExportView = z.infer<typeof ExportView>;
const ExportList = z.object({ items: z.array(ExportView) }).meta({ id: 'DataExportList' });

const ExportParams = z.object({ exportId: z.string().min(1).max(100) });
type ExportParams = z.infer<typeof ExportParams>;

@ApiTags('data protection')
@Controller('me')
export class ExportsController {
  constructor(private readonly exports: ExportsService) {}

  @Post('export')
  @Roles()
  @StepUp({ withinMinutes: 10 })
  @HttpCode(202)
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'Has everything collected that the platform holds about the caller; a mail says when it is there',
  })
  @ApiAcceptedResponse({ standardSchema: ExportView })
  @Refuses(refusals.accountNotFound, refusals.exportUnderWay, refusals.tooManyExports)
  async request(@Caller() caller: Caller): Promise<ExportView> {
    return viewOf(await this.exports.request(caller.id));
  }

  @Get('exports')
  @Roles()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: "The caller's exports, the latest first" })
  @ApiOkResponse({ standardSchema: ExportList })
  async list(@Caller() caller: Caller): Promise<z.infer<typeof ExportList>> {
    return { items: (await this.exports.mine(caller.id)).map(viewOf) };
  }

  @Get('exports/:exportId')
  @Roles()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'How far one of them is' })
  @ApiOkResponse({ standardSchema: ExportView })
  @Refuses(refusals.exportNotFound)
  async show(
    @Caller() caller: Caller,
    @Param({ schema: ExportParams }) { exportId }: ExportParams,
  ): Promise<ExportView> {
    return viewOf(await this.exports.one(caller.id, exportId));
  }

  @Get('exports/:exportId/archive')
  @Roles()
  @StepUp({ withinMinutes: 10 })
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'One of them as a ZIP archive: a page to be read, and JSON files' })
  @ApiProduces('application/zip')
  @ApiOkResponse({ schema: { type: 'string', format: 'binary' } })
  @Refuses(refusals.exportNotFound, refusals.exportNotReady, refusals.exportGone)
  async archive(
    @Caller() caller: Caller,
    @Param({ schema: ExportParams }) { exportId }: ExportParams,
  ): Promise<StreamableFile> {
    const { one, contributions } = await this.exports.contents(caller.id, exportId);
    const day = one.requestedAt.toISOString().slice(0, 10);
    const stream = Readable.from(archive(one, contributions), { objectMode: false });
    return new StreamableFile(stream, {
      type: 'application/zip',
      disposition: `attachment; filename="lyceum-data-${day}.zip"`,
    });
  }
}

const viewOf = (one: DataExport): ExportView => ({
  exportId: one.exportId,
  status: one.status,
  requestedAt: one.requestedAt.toISOString(),
  ...(one.readyAt ? { readyAt: one.readyAt.toISOString() } : {}),
  expiresAt: one.expiresAt.toISOString(),
  missing: one.status === 'expired' ? [] : missing(one),
});
