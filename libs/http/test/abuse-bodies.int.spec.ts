import { once } from 'node:events';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { Body, Controller, Post } from '@nestjs/common';
import { ApiConsumes } from '@nestjs/swagger';
import { z } from 'zod';
import { Public } from '../src/index.js';
import { type World, startWorld } from './world.js';

const Note = z.strictObject({ text: z.string().max(100), count: z.int().optional() }).meta({ id: 'AbusedNote' });
type Note = z.infer<typeof Note>;
const Form = z.object({ text: z.string().catch('') });

@Controller('notes')
@Public()
class Notes {
  @Post() write(@Body({ schema: Note }) note: Note): Note {
    return note;
  }
  @Post('form')
  @ApiConsumes('application/x-www-form-urlencoded')
  form(@Body({ schema: Form }) form: z.infer<typeof Form>): z.infer<typeof Form> {
    return form;
  }
}

const nested = (depth: number): string => `{"text":${'['.repeat(depth)}${']'.repeat(depth)}}`;

describe('a body that means harm', () => {
  let world: World;
  beforeAll(async () => (world = await startWorld([Notes])));
  afterAll(() => world.close());

  const post = async (raw: string | Buffer, type = 'application/json', path = '/notes') => {
    const url = await world.app.getUrl();
    const asked = request(`${url}${path}`, { method: 'POST', headers: type ? { 'content-type': type } : {} });
    asked.end(raw);
    const [answer] = (await once(asked, 'response')) as [{ statusCode: number } & NodeJS.ReadableStream];
    const body = JSON.parse((await text(answer)) || '{}') as Record<string, unknown>;
    return { status: answer.statusCode, code: body['code'], body };
  };

  it.each([
    ['is not JSON', '{', 'http.malformed-body'],
    ['is empty', '', 'http.malformed-body'],
    ['is nested deeper than fifty', nested(51), 'http.malformed-body'],
    ['is nested so deep that it would exhaust a stack', nested(4_000), 'http.malformed-body'],
    ['names the prototype', '{"text":"x","__proto__":{"admin":true}}', 'http.malformed-body'],
    ['names it in other letters', String.raw`{"text":"x","\u005f_proto__":{"admin":true}}`, 'http.malformed-body'],
    ['names the constructor', '{"text":"x","constructor":{"prototype":{"admin":true}}}', 'http.malformed-body'],
    ['has a property too many', '{"text":"x","admin":true}', 'http.invalid-request'],
    ['has a number that is none', '{"text":"x","count":1e999}', 'http.invalid-request'],
    ['has a number of a thousand digits', `{"text":"x","count":${'9'.repeat(1_000)}}`, 'http.invalid-request'],
    ['has an operator for a text', '{"text":{"$ne":null}}', 'http.invalid-request'],
    ['is no object', '"text"', 'http.invalid-request'],
    ['is a list of what would do', '[{"text":"x"}]', 'http.invalid-request'],
    ['is null', 'null', 'http.invalid-request'],
  ])('and %s is refused', async (_what, raw, code) => {
    expect(await post(raw)).toMatchObject({ status: 400, code });
  });

  it('is refused when its bytes are no text', async () => {
    for (const bytes of [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80]])
      expect(
        await post(Buffer.concat([Buffer.from('{"text":"'), Buffer.from(bytes), Buffer.from('"}')])),
      ).toMatchObject({
        status: 400,
        code: 'http.malformed-body',
      });
    expect(
      await post(Buffer.from('text=%41&text=\xff', 'latin1'), 'application/x-www-form-urlencoded', '/notes/form'),
    ).toMatchObject({ status: 400, code: 'http.malformed-body' });
  });

  it('is refused when it is larger than is allowed, also when it does not say so', async () => {
    expect(await post(`{"text":"${'x'.repeat(20_000)}"}`)).toMatchObject({ status: 413, code: 'http.body-too-large' });
    const head =
      'POST /notes HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n';
    const chunk = `2000\r\n${'x'.repeat(0x2000)}\r\n`;
    expect(await world.send(head, chunk, chunk)).toMatch(/^HTTP\/1.1 413 /);
  });

  it('means one thing: of a name that stands twice the last counts, for whoever looks', async () => {
    expect((await post('{"text":{"$ne":1},"text":"last"}')).body).toEqual({ text: 'last' });
    expect(await post('{"text":"first","text":{"$ne":1}}')).toMatchObject({
      status: 400,
      code: 'http.invalid-request',
    });
  });

  it('of another kind than the route takes is refused: what a foreign page can send without asking', async () => {
    const json = '{"text":"x"}';
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/xml',
      'text/plain; application/json',
      '',
    ])
      expect([type, await post(json, type)]).toEqual([
        type,
        expect.objectContaining({ status: 415, code: 'http.unsupported-media-type' }),
      ]);
    expect(await post('text=x', 'application/x-www-form-urlencoded')).toMatchObject({ status: 415 });
    expect(await post(json, 'application/json; charset=utf-8')).toMatchObject({ status: 201 });
    expect(await post(json, 'Application/JSON')).toMatchObject({ status: 201 });
  });

  it('is taken as a form only where a form is asked for, and there only as that', async () => {
    const form = 'application/x-www-form-urlencoded';
    expect((await post('text=%26x', form, '/notes/form')).body).toEqual({ text: '&x' });
    expect((await post('text[$ne]=&text[]=a&__proto__[admin]=1', form, '/notes/form')).body).toEqual({ text: '' });
    expect((await post('text=a&text=b', form, '/notes/form')).body).toEqual({ text: '' });
    expect(await post('{"text":"x"}', 'application/json', '/notes/form')).toMatchObject({ status: 415 });
  });

  it('makes no line in the log, and nothing breaks', () => {
    expect(world.lines.filter(({ level }) => level === 'error')).toEqual([]);
    expect(Object.prototype).not.toHaveProperty('admin');
  });
});
