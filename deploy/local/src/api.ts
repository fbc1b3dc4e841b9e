import type { z } from 'zod';

/** One request and what came of it, for whoever watches. */
export interface Exchange {
  readonly method: string;
  readonly url: string;
  readonly status: number;
  readonly ms: number;
  /** Of an answer that was not what the caller expected, or undefined. */
  readonly problem?: string | undefined;
}

export interface Request<Schema extends z.ZodType> {
  body?: unknown;
  headers?: Record<string, string>;
  /** The status that the caller expects. */
  expect: number;
  /** What is read from the answer. */
  schema?: Schema;
}

/** An answer that was not the expected one. */
export class UnexpectedAnswer extends Error {
  override readonly name = 'UnexpectedAnswer';
}

/** A client of the platform: calls the edge, and nothing else. */
export class Api {
  constructor(
    readonly baseUrl: string,
    private readonly watch: (exchange: Exchange) => void = () => undefined,
    private readonly accessToken?: string,
  ) {}

  /** The same client, signed in. */
  as(accessToken: string): Api {
    return new Api(this.baseUrl, this.watch, accessToken);
  }

  get<Schema extends z.ZodType>(path: string, request: Request<Schema>): Promise<z.output<Schema>> {
    return this.call('GET', path, request);
  }
  post<Schema extends z.ZodType>(path: string, request: Request<Schema>): Promise<z.output<Schema>> {
    return this.call('POST', path, request);
  }
  patch<Schema extends z.ZodType>(path: string, request: Request<Schema>): Promise<z.output<Schema>> {
    return this.call('PATCH', path, request);
  }

  /** Sends a request to a path of the edge and reads the JSON answer. Throws {@link UnexpectedAnswer}. */
  async call<Schema extends z.ZodType>(
    method: string,
    path: string,
    request: Request<Schema>,
  ): Promise<z.output<Schema>> {
    const { body, headers = {}, schema } = request;
    const response = await this.send(method, `${this.baseUrl}${path}`, request.expect, {
      headers: {
        ...(this.accessToken ? { authorization: `Bearer ${this.accessToken}` } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const value: unknown = text === '' ? undefined : JSON.parse(text);
    return schema ? schema.parse(value) : (value as z.output<Schema>);
  }

  /** Fetches bytes from a path of the edge or from any URL that an answer named. */
  async bytes(url: string, expect = 200): Promise<{ bytes: Buffer; contentType: string }> {
    const own = url.startsWith('/');
    const headers = own && this.accessToken ? { authorization: `Bearer ${this.accessToken}` } : {};
    const response = await this.send('GET', own ? `${this.baseUrl}${url}` : url, expect, { headers });
    return {
      bytes: Buffer.from(await response.arrayBuffer()),
      contentType: response.headers.get('content-type') ?? '',
    };
  }

  /** Sends anything anywhere, as a browser would: uploads, forms. */
  async send(method: string, url: string, expect: number, init: RequestInit): Promise<Response> {
    const began = performance.now();
    const response = await fetch(url, { method, redirect: 'manual', ...init, signal: AbortSignal.timeout(30_000) });
    const ms = Math.round(performance.now() - began);
    const problem = response.status === expect ? undefined : `expected ${expect}: ${await response.clone().text()}`;
    this.watch({ method, url, status: response.status, ms, problem });
    if (problem) throw new UnexpectedAnswer(`${method} ${url} answered ${response.status}, ${problem}`);
    return response;
  }
}
