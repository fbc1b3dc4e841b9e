/** The `error` object of Stripe's answers. */
export interface ErrorBody {
  type: 'api_error' | 'card_error' | 'idempotency_error' | 'invalid_request_error';
  message: string;
  code?: string;
  param?: string;
  doc_url?: string;
  decline_code?: string;
  charge?: string;
}

/** An answer of "no" in Stripe's own shape; thrown by the endpoints, written by the API server. */
export class StripeRefusal extends Error {
  readonly body: ErrorBody;

  constructor(
    readonly status: number,
    body: ErrorBody,
  ) {
    super(body.message);
    this.body = body.code === undefined ? body : { ...body, doc_url: documentation(body.code) };
  }
}

function documentation(code: string): string {
  return `https://stripe.com/docs/error-codes/${code.replaceAll('_', '-')}`;
}

/** A 400 about the request itself; `param` is the path of the parameter at fault. */
export function invalid(message: string, detail: { code?: string; param?: string } = {}): StripeRefusal {
  return new StripeRefusal(400, { type: 'invalid_request_error', message, ...detail });
}

/** A 404 for an id in the path, a 400 for an id inside the parameters: Stripe tells them apart the same way. */
export function missing(what: string, id: string, param = 'id'): StripeRefusal {
  return new StripeRefusal(param === 'id' ? 404 : 400, {
    type: 'invalid_request_error',
    code: 'resource_missing',
    message: `No such ${what}: '${id}'`,
    param,
  });
}
