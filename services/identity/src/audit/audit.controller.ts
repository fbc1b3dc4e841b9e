import { Readable } from 'node:stream';
import { Controller, Get, Header, Query, StreamableFile } from '@nestjs/common';
import { Caller, PageQuery, Refuses, Roles } from '@lyceum/http';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { refusals } from '../refusals.js';
import { AuditEntriesStore } from './audit-entries.store.js';
import { AuditExport } from './audit-export.js';
import { AuditVerificationService } from './audit-verification.service.js';
import {
  AuditPage,
  AuditVerification,
  SecurityEventPage,
  entryOf,
  securityEventOf,
  verificationOf,
} from './audit.views.js';
import { CheckpointKey } from './checkpoint-key.js';

const moment = z.iso.datetime().transform((text) => new Date(text));
const word = z.string().min(1).max(200);
const AuditQuery = PageQuery.extend({
  actor: word.optional(),
  target: word.optional(),
  action: word.optional(),
  from: moment.optional(),
  to: moment.optional().describe('not included'),
});
type AuditQuery = z.infer<typeof AuditQuery>;

const Kept = z.object({
  checkpoint: z.string().max(2_000).optional().describe('a signed word that was kept elsewhere, to be compared too'),
});
type Kept = z.infer<typeof Kept>;

@ApiTags('audit')
@Controller()
export class AuditController {
  constructor(
    private readonly entries: AuditEntriesStore,
    private readonly verification: AuditVerificationService,
    private readonly exporting: AuditExport,
    private readonly key: CheckpointKey,
  ) {}

  @Get('audit')
  @Roles('ADMIN')
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'What happened to accounts, the latest first' })
  @ApiOkResponse({ standardSchema: AuditPage })
  async list(@Query({ schema: AuditQuery }) { limit, after, ...search }: AuditQuery): Promise<AuditPage> {
    const { items, ...page } = await this.entries.search(search, { limit, after });
    return { items: items.map(entryOf), ...page };
  }

  @Get('audit/verify')
  @Roles('ADMIN')
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Whether the log is what was written; if not, where it first is not' })
  @ApiOkResponse({ standardSchema: AuditVerification })
  @Refuses(refusals.checkpointRefused)
  async verify(@Query({ schema: Kept }) { checkpoint }: Kept): Promise<AuditVerification> {
    return verificationOf(await this.verification.verify(checkpoint), this.key.jwk);
  }

  @Get('audit/export')
  @Roles('ADMIN')
  @Header('cache-control', 'no-store')
  @Header('content-disposition', 'attachment; filename="audit-log.ndjson"')
  @ApiOperation({ summary: 'The whole log with its hashes, for verifying it elsewhere (npm run audit -- verify FILE)' })
  @ApiProduces('application/x-ndjson')
  @ApiOkResponse({ schema: { type: 'string' } })
  export(): StreamableFile {
    return new StreamableFile(Readable.from(this.exporting.lines()), { type: 'application/x-ndjson' });
  }

  @Get('me/security-events')
  @Roles()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: "What happened to the caller's account, the latest first" })
  @ApiOkResponse({ standardSchema: SecurityEventPage })
  async own(
    @Caller() caller: Caller,
    @Query({ schema: PageQuery }) { limit, after }: PageQuery,
  ): Promise<SecurityEventPage> {
    const { items, ...page } = await this.entries.search({ target: caller.id }, { limit, after });
    return { items: items.map(securityEventOf), ...page };
  }
}
