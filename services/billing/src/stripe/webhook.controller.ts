import { CONFIG } from '@lyceum/host';
import { Public, Refuses } from '@lyceum/http';
import { Clock } from '@lyceum/kernel';
import { Controller, HttpCode, Inject, Post, type RawBodyRequest, Req } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { BillingMetrics } from '../billing-metrics.js';
import type { Config } from '../config.js';
import { refusals } from '../refusals.js';
import { StripeEvents } from './stripe-events.store.js';
import { StripeEventsWorker } from './stripe-events.worker.js';
import { WebhookBody, subjectOf } from './webhook.js';
import { isSigned } from './webhook-signature.js';

const Received = z.object({ received: z.literal(true) }).meta({ id: 'WebhookReceived' });

@Controller()
export class WebhookController {
  constructor(
    private readonly events: StripeEvents,
    private readonly worker: StripeEventsWorker,
    private readonly clock: Clock,
    private readonly metrics: BillingMetrics,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Post('webhooks/stripe')
  @Public()
  @HttpCode(200)
  @ApiOperation({ summary: 'Stripe tells what has happened; stored at once, handled afterwards' })
  @ApiHeader({ name: 'Stripe-Signature', required: true, description: 't=…,v1=… over the raw body' })
  @ApiOkResponse({ standardSchema: Received })
  @Refuses(refusals.webhookRefused)
  async receive(@Req() request: RawBodyRequest<FastifyRequest>): Promise<z.infer<typeof Received>> {
    const now = this.clock.now();
    const { rawBody, headers } = request;
    const genuine = rawBody && isSigned(rawBody, headers['stripe-signature'], this.config.STRIPE_WEBHOOK_SECRETS, now);
    if (!genuine) throw this.refused('The signature does not hold');
    const body = WebhookBody.safeParse(request.body);
    if (!body.success) throw this.refused('The body is not an event');
    const { id, type, livemode, account } = body.data;
    const subject = subjectOf(body.data);
    if (subject) {
      const stored = { id, type, livemode, account, ...subject, receivedAt: now, attempts: 0, dueAt: now };
      if (await this.events.insertOnce(stored)) this.worker.nudge();
    }
    return { received: true };
  }

  private refused(detail: string) {
    this.metrics.webhooks.inc({ outcome: 'refused' });
    return refusals.webhookRefused(detail);
  }
}
