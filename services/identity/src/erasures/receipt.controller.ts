import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import { Public } from '@lyceum/http';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { show } from '../pages/page.js';
import { ErasuresStore } from './erasures.store.js';
import { noReceiptPage, receiptPage } from './receipt.page.js';
import { ReceiptTokens } from './receipt-tokens.js';

// people see a page whatever they come with
const Link = z.object({ token: z.string().max(300).catch('') });
type Link = z.infer<typeof Link>;

/** For somebody who has no account any more: whoever has the link of the last mail sees how far the erasure is. */
@ApiTags('data protection')
@Controller('erasure-receipt')
export class ReceiptController {
  constructor(
    private readonly erasures: ErasuresStore,
    private readonly tokens: ReceiptTokens,
  ) {}

  @Get()
  @Public()
  @ApiOperation({ summary: 'What was erased and what was kept, for who has the link' })
  @ApiProduces('text/html')
  @ApiOkResponse({ schema: { type: 'string' } })
  async receipt(@Query({ schema: Link }) { token }: Link, @Res() reply: FastifyReply): Promise<void> {
    const erasureId = this.tokens.read(token);
    const erasure = erasureId === undefined ? undefined : await this.erasures.get(erasureId);
    if (erasure) show(reply, 200, receiptPage(erasure));
    else show(reply, 404, noReceiptPage());
  }
}
