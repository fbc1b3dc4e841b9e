import { defineRefusals } from '@lyceum/kernel';

export const refusals = defineRefusals('billing', {
  courseNotOffered: { status: 404, title: 'This course is not on offer' },
  courseIsFree: { status: 422, title: 'This course is free: enrol instead of buying it' },
  ownCourse: { status: 422, title: 'You teach this course' },
  alreadyEntitled: { status: 409, title: 'You already have this course' },
  purchaseRefused: { status: 422, title: 'The payment provider does not accept this purchase' },
  checkoutBusy: { status: 503, title: 'Your pay page is still being prepared' },
  paymentNotFound: { status: 404, title: 'There is no such payment' },
  notRefundable: { status: 409, title: 'Nothing of this payment can be refunded' },
  refundTooLarge: { status: 422, title: 'More than what is left of the payment' },
  refundWindowClosed: { status: 409, title: 'The time for a refund has passed' },
  onlyFullRefund: { status: 403, title: 'Only the whole payment can be given back' },
  refundInProgress: { status: 409, title: 'Another refund of this payment is under way' },
  stripeUnavailable: { status: 503, title: 'The payment provider does not answer right now' },
  webhookRefused: { status: 400, title: 'This is not a message from the payment provider' },
});
