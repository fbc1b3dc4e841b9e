import { Caller, Idempotent, Refuses, VerifiedRoles } from '@lyceum/http';
import { Body, Controller, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOperation } from '@nestjs/swagger';
import type { z } from 'zod';
import { refusals } from '../refusals.js';
import { Checkouts } from './checkout.service.js';
import { CheckoutOrder, CheckoutView, checkoutView } from './payment.views.js';

@Controller()
export class CheckoutController {
  constructor(private readonly checkouts: Checkouts) {}

  @Post('checkout')
  @VerifiedRoles()
  @Idempotent()
  @ApiOperation({ summary: 'Begin to buy a course: answers with the pay page, the same one while it is open' })
  @ApiCreatedResponse({ standardSchema: CheckoutView })
  @Refuses(
    refusals.courseNotOffered,
    refusals.courseIsFree,
    refusals.ownCourse,
    refusals.alreadyEntitled,
    refusals.purchaseRefused,
    refusals.checkoutBusy,
    refusals.stripeUnavailable,
  )
  async begin(
    @Caller() caller: Caller,
    @Body({ schema: CheckoutOrder }) { courseId }: CheckoutOrder,
  ): Promise<z.infer<typeof CheckoutView>> {
    return checkoutView(await this.checkouts.start(caller.id, courseId));
  }
}
