import { CONFIG } from '@lyceum/host';
import { Public } from '@lyceum/http';
import { Controller, Get, Inject, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { Config } from '../config.js';
import { checkoutPage, pageHeaders } from './checkout-pages.js';

const Return = z.object({ payment: z.uuid().optional().catch(undefined) });
type Return = z.infer<typeof Return>;

/** The pages that people come back to from the pay page. */
@Controller('checkout')
@Public()
export class CheckoutPagesController {
  constructor(@Inject(CONFIG) private readonly config: Config) {}

  @Get('done')
  @ApiOperation({ summary: 'Page after paying' })
  @ApiProduces('text/html')
  @ApiOkResponse({ description: 'a page for people' })
  done(@Query({ schema: Return }) { payment }: Return, @Res() reply: FastifyReply): void {
    void reply.headers(pageHeaders).send(checkoutPage('done', this.config.PUBLIC_URL, payment));
  }

  @Get('cancelled')
  @ApiOperation({ summary: 'Page after leaving the pay page without paying' })
  @ApiProduces('text/html')
  @ApiOkResponse({ description: 'a page for people' })
  cancelled(@Query({ schema: Return }) { payment }: Return, @Res() reply: FastifyReply): void {
    void reply.headers(pageHeaders).send(checkoutPage('cancelled', this.config.PUBLIC_URL, payment));
  }
}
