import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import type { Html } from './html.js';
import type { Inbox } from './inbox.js';
import { inboxPage, messagePage, missingPage } from './pages.js';
import { STYLE } from './page-style.js';

const PAGE_CSP =
  "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
// What is in a mail is a stranger's: no script, no forms, nothing fetched from outside, an origin of its own.
const MAIL_CSP =
  "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; font-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox";
const SHOWN_INLINE = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);

/** The pages for people: the list, one mail, its HTML for the frame, its attachments. */
export function addPages(app: FastifyInstance, inbox: Inbox) {
  const listQuery = z.object({ to: z.string().trim().default(''), refresh: z.string().optional() });
  app.get('/', (request, reply) => {
    const { to = '', refresh } = listQuery.safeParse(request.query).data ?? {};
    return sendPage(reply, inboxPage(inbox.list(to ? { to } : {}), { to, refreshing: refresh !== 'off' }));
  });
  app.get('/style.css', (_request, reply) =>
    reply.header('content-type', 'text/css; charset=utf-8').header('cache-control', 'max-age=60').send(STYLE),
  );
  app.register(async (forms) => {
    forms.addContentTypeParser('application/x-www-form-urlencoded', (_request, payload, done) => {
      payload.resume().on('end', () => done(null));
    });
    forms.post('/clear', async (request, reply) => {
      // only a click on this page's own button counts
      if (request.headers['sec-fetch-site'] !== 'same-origin') return reply.code(403).send();
      await inbox.clear();
      return reply.redirect('/', 303);
    });
  });

  app.get<{ Params: { id: string } }>('/messages/:id', (request, reply) => {
    const mail = inbox.find(request.params.id);
    return mail ? sendPage(reply, messagePage(mail)) : sendPage(reply.code(404), missingPage());
  });
  app.get<{ Params: { id: string } }>('/messages/:id/html', (request, reply) => {
    const mail = inbox.find(request.params.id);
    if (mail?.html === undefined) return sendPage(reply.code(404), missingPage());
    const pictures = new Map(mail.attachments.flatMap(({ contentId }, i) => (contentId ? [[contentId, i]] : [])));
    const body = mail.html.replace(/\bcid:([^"'\s)>]+)/g, (whole, id: string) => {
      const i = pictures.get(id);
      return i === undefined ? whole : `/messages/${mail.id}/attachments/${i}`;
    });
    return reply
      .headers({
        'content-security-policy': MAIL_CSP,
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
      })
      .header('content-type', 'text/html; charset=utf-8')
      .send(`<!doctype html><base target="_blank">${body.replace(/^\s*<!doctype[^>]*>/i, '')}`);
  });
  app.get<{ Params: { id: string; index: string } }>('/messages/:id/attachments/:index', (request, reply) => {
    const attachment = inbox.find(request.params.id)?.attachments[Number(request.params.index)];
    if (!attachment) return sendPage(reply.code(404), missingPage());
    const inline = attachment.contentId !== undefined && SHOWN_INLINE.has(attachment.type);
    const name = encodeURIComponent(attachment.filename.toWellFormed()).replace(
      /['()*]/g,
      (c) => `%${c.charCodeAt(0).toString(16)}`,
    );
    return reply
      .headers({
        'content-security-policy': "default-src 'none'; sandbox",
        'x-content-type-options': 'nosniff',
        'content-disposition': `${inline ? 'inline' : 'attachment'}; filename*=UTF-8''${name}`,
        'content-type': inline ? attachment.type : 'application/octet-stream',
      })
      .send(Buffer.from(attachment.content, 'base64'));
  });
}

const sendPage = (reply: FastifyReply, page: Html) =>
  reply
    .headers({
      'content-security-policy': PAGE_CSP,
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    })
    .header('content-type', 'text/html; charset=utf-8')
    .send(page.text);
