import { Caller, Idempotent, PageQuery, Refuses, Roles, isAdmin, pageOf } from '@lyceum/http';
import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { z } from 'zod';
import { refusals } from '../refusals.js';
import { PaymentView, RefundOrderBody, paymentView } from './payment.views.js';
import { Payments } from './payments.store.js';
import { isVisibleTo } from './refunding.js';
import { Refunds } from './refunds.service.js';

const PaymentParams = z.object({ paymentId: z.string().min(1).max(100) });
type PaymentParams = z.infer<typeof PaymentParams>;

const PaymentPage = pageOf(PaymentView).meta({ id: 'PaymentPage' });

@Controller('payments')
export class PaymentsController {
  constructor(
    private readonly payments: Payments,
    private readonly refunds: Refunds,
  ) {}

  @Get()
  @Roles()
  @ApiOperation({ summary: 'What the caller has paid or began to pay, with receipts, latest first' })
  @ApiOkResponse({ standardSchema: PaymentPage })
  async history(
    @Caller() caller: Caller,
    @Query({ schema: PageQuery }) query: PageQuery,
  ): Promise<z.infer<typeof PaymentPage>> {
    const { items, next } = await this.payments.history(caller.id, query);
    return { items: items.map(paymentView), ...(next === undefined ? {} : { next }) };
  }

  @Get(':paymentId')
  @Roles()
  @ApiOperation({ summary: 'One payment with its receipt' })
  @ApiOkResponse({ standardSchema: PaymentView })
  @Refuses(refusals.paymentNotFound)
  async one(@Caller() caller: Caller, @Param({ schema: PaymentParams }) params: PaymentParams): Promise<PaymentView> {
    const payment = await this.payments.get(params.paymentId);
    if (!payment || !isVisibleTo(payment, caller.id, isAdmin(caller))) throw refusals.paymentNotFound();
    return paymentView(payment);
  }

  @Post(':paymentId/refund')
  @Roles()
  @HttpCode(202)
  @Idempotent()
  @ApiOperation({ summary: 'Give money back: administrators any amount, learners the whole within the refund window' })
  @ApiAcceptedResponse({ standardSchema: PaymentView })
  @Refuses(
    refusals.paymentNotFound,
    refusals.notRefundable,
    refusals.refundTooLarge,
    refusals.refundWindowClosed,
    refusals.onlyFullRefund,
    refusals.refundInProgress,
    refusals.stripeUnavailable,
  )
  async refund(
    @Caller() caller: Caller,
    @Param({ schema: PaymentParams }) { paymentId }: PaymentParams,
    @Body({ schema: RefundOrderBody }) { amount, reason }: RefundOrderBody,
  ): Promise<PaymentView> {
    const wish = { callerId: caller.id, admin: isAdmin(caller), amount, reason };
    return paymentView(await this.refunds.refund(paymentId, wish));
  }
}
