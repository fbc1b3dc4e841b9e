import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, StreamableFile } from '@nestjs/common';
import { Id } from '@lyceum/contracts';
import { CONFIG } from '@lyceum/host';
import { Caller, PageQuery, Refuses, Roles } from '@lyceum/http';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import type { Config } from '../config.js';
import { refusals } from '../refusals.js';
import { CertificatePrinter } from './certificate-printer.js';
import { CertificatePage, CertificateView, viewOf } from './certificate.view.js';
import { CertificatesService } from './certificates.service.js';

const CertificateParams = z.object({ certificateId: Id });
type CertificateParams = z.infer<typeof CertificateParams>;
const Revocation = z.strictObject({ reason: z.string().trim().min(1).max(500) }).meta({ id: 'Revocation' });
type Revocation = z.infer<typeof Revocation>;

@ApiTags('certificates')
@Roles()
@Controller('certificates')
export class CertificatesController {
  constructor(
    private readonly certificates: CertificatesService,
    private readonly printer: CertificatePrinter,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Get()
  @ApiOperation({ summary: 'My certificates, the newest first' })
  @ApiOkResponse({ standardSchema: CertificatePage })
  async mine(@Caller() caller: Caller, @Query({ schema: PageQuery }) query: PageQuery) {
    const { items, ...rest } = await this.certificates.mine(caller.id, query);
    return { items: items.map((each) => viewOf(each, this.config.PUBLIC_URL)), ...rest };
  }

  @Get(':certificateId')
  @ApiOperation({ summary: 'One of my certificates' })
  @ApiOkResponse({ standardSchema: CertificateView })
  @Refuses(refusals.certificateNotFound)
  async one(
    @Caller() caller: Caller,
    @Param({ schema: CertificateParams }) { certificateId }: CertificateParams,
  ): Promise<CertificateView> {
    return viewOf(await this.certificates.own(certificateId, caller.id), this.config.PUBLIC_URL);
  }

  @Get(':certificateId/pdf')
  @ApiOperation({ summary: 'A certificate to print' })
  @ApiProduces('application/pdf')
  @ApiOkResponse({ schema: { type: 'string', format: 'binary' } })
  @Refuses(refusals.certificateNotFound, refusals.certificateRevoked)
  async print(
    @Caller() caller: Caller,
    @Param({ schema: CertificateParams }) { certificateId }: CertificateParams,
  ): Promise<StreamableFile> {
    const certificate = await this.certificates.own(certificateId, caller.id);
    if (certificate.standing.status === 'revoked') throw refusals.certificateRevoked();
    return new StreamableFile(this.printer.print(certificate), {
      type: 'application/pdf',
      disposition: `attachment; filename="certificate-${certificate.code}.pdf"`,
    });
  }

  @Post(':certificateId/revocation')
  @HttpCode(200)
  @Roles('ADMIN')
  @ApiOperation({ summary: 'Revoke a certificate: whoever verifies it sees that' })
  @ApiOkResponse({ standardSchema: CertificateView })
  @Refuses(refusals.certificateNotFound)
  async revoke(
    @Param({ schema: CertificateParams }) { certificateId }: CertificateParams,
    @Body({ schema: Revocation }) { reason }: Revocation,
  ): Promise<CertificateView> {
    return viewOf(await this.certificates.revoke(certificateId, reason), this.config.PUBLIC_URL);
  }
}
