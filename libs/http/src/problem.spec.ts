import { BadRequestException, HttpException, NotFoundException } from '@nestjs/common';
import { defineRefusals } from '@lyceum/kernel';
import { Problem, pageOf, problemOf, refusalOf } from './index.js';
import { z } from 'zod';

const refusals = defineRefusals('shop', { soldOut: { status: 409, title: 'Sold out' } });
const ofServer = (statusCode: number, code: string) =>
  Object.assign(new Error('what Fastify says'), { statusCode, code });

describe('what an error means to the caller', () => {
  it.each([
    [refusals.soldOut(), 'shop.sold-out', 409],
    [new NotFoundException('Cannot GET /x'), 'http.not-found', 404],
    [new HttpException('teapot', 418), 'http.invalid-request', 400],
    [new HttpException('gateway', 502), 'http.internal', 500],
    [
      new BadRequestException('no', { cause: ofServer(400, 'FST_ERR_CTP_INVALID_JSON_BODY') }),
      'http.malformed-body',
      400,
    ],
    [ofServer(400, 'FST_ERR_BAD_URL'), 'http.invalid-request', 400],
    [ofServer(413, 'FST_ERR_CTP_BODY_TOO_LARGE'), 'http.body-too-large', 413],
    [ofServer(406, 'FST_INVALID_MULTIPART_CONTENT_TYPE'), 'http.invalid-request', 400],
    [ofServer(500, 'FST_ERR_REP_ALREADY_SENT'), 'http.internal', 500],
    [new TypeError('bug'), 'http.internal', 500],
    ['a thrown string', 'http.internal', 500],
    [undefined, 'http.internal', 500],
    [{ statusCode: 404 }, 'http.internal', 500],
  ])('%s: %s', (error, code, status) => {
    expect(refusalOf(error)).toMatchObject({ code, status });
  });
  it('a bug takes no detail with it', () => {
    expect(problemOf(refusalOf(new Error('the password is hunter2')))).toEqual({
      type: 'urn:lyceum:problem:http.internal',
      title: 'Something went wrong on our side',
      status: 500,
      code: 'http.internal',
    });
  });
});

describe('the document of a refusal', () => {
  it('has the members that the refusal brings along', () => {
    const problem = problemOf(refusals.soldOut('No seat is left', { courseId: 'c1' }), 'request-1');
    expect(Problem.parse(problem)).toEqual({
      type: 'urn:lyceum:problem:shop.sold-out',
      title: 'Sold out',
      status: 409,
      code: 'shop.sold-out',
      detail: 'No seat is left',
      instance: 'request-1',
      courseId: 'c1',
    });
  });
  it('keeps its own members whatever the refusal brings along', () => {
    expect(problemOf(refusals.soldOut(undefined, { status: 200, code: 'fine' }))).toMatchObject({
      status: 409,
      code: 'shop.sold-out',
    });
  });
});

it('a page without `next` is the last one', () => {
  expect(pageOf(z.string()).parse({ items: ['a'], next: undefined })).toEqual({ items: ['a'] });
});
