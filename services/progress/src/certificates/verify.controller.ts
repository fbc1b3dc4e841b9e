import { Controller, Get, Headers, Param, Res } from '@nestjs/common';
import { Public, Refuses } from '@lyceum/http';
import { Refusal } from '@lyceum/kernel';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { refusals } from '../refusals.js';
import { VerifiedCertificate, verifiedView } from './certificate.view.js';
import { CertificatesService } from './certificates.service.js';
import { certificatePage, pageHeaders, unknownPage } from './verify.page.js';

// whatever is typed is looked for, and then not found
const CodeParams = z.object({ code: z.string().max(200).catch('') });
type CodeParams = z.infer<typeof CodeParams>;

@ApiTags('certificates')
@Controller('verify')
export class VerifyController {
  constructor(private readonly certificates: CertificatesService) {}

  @Get(':code')
  @Public()
  @ApiOperation({ summary: 'Whether a certificate is genuine: a page for people, JSON for whoever accepts that' })
  @ApiOkResponse({ standardSchema: VerifiedCertificate })
  @Refuses(refusals.certificateNotFound)
  async verify(
    @Param({ schema: CodeParams }) { code }: CodeParams,
    @Headers('accept') accept: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    // revocation must be seen at once
    void reply.headers({ vary: 'Accept', 'cache-control': 'no-cache' });
    if (prefersJson(accept)) {
      const certificate = await this.certificates.verify(code);
      return void reply.send(verifiedView(certificate));
    }
    const certificate = await this.certificates.verify(code).catch((error: unknown) => {
      if (error instanceof Refusal) return undefined;
      throw error;
    });
    void reply.code(certificate ? 200 : 404).headers(pageHeaders);
    void reply.send(certificate ? certificatePage(verifiedView(certificate)) : unknownPage());
  }
}

/** Whether JSON is wanted more than a page; who accepts anything gets the page. */
export function prefersJson(accept = '*/*'): boolean {
  const wish = (types: readonly string[]) =>
    Math.max(
      ...accept
        .toLowerCase()
        .split(',')
        .map((range) => {
          const [type = '', ...parameters] = range.split(';').map((part) => part.trim());
          const q = Number(parameters.find((each) => each.startsWith('q='))?.slice(2) ?? 1);
          return types.includes(type) ? q : 0;
        }),
    );
  return wish(['application/json', 'application/*']) > wish(['text/html', 'text/*']);
}
