import { german } from './copy.de.js';
import { english } from './copy.en.js';
import type { InAppKind, MailKind } from './copy.js';
import type { Message, MessageOf } from './message.js';
import { type Reader, isInApp, isMail, languageFor, oneLine, renderMail, renderNotice } from './rendering.js';

const at = '2026-11-20T09:05:00.000Z';
const of = { courseId: 'ts', courseTitle: 'Practical TypeScript', at };
const amount = { amount: 4900, currency: 'EUR' };

/** One message of every kind. */
const samples: { [K in Message['kind']]: MessageOf<K> } = {
  'verify-address': { kind: 'verify-address', expiresAt: at },
  'registration-repeated': { kind: 'registration-repeated', at },
  'session-compromised': { kind: 'session-compromised', at },
  'two-factor-on': { kind: 'two-factor-on', at },
  'two-factor-off': { kind: 'two-factor-off', at },
  'two-factor-reset': { kind: 'two-factor-reset', at },
  'account-suspended': { kind: 'account-suspended', until: at, at },
  'account-reinstated': { kind: 'account-reinstated', at },
  'roles-changed': { kind: 'roles-changed', roles: 'STUDENT, INSTRUCTOR', at },
  'signed-out-by-admin': { kind: 'signed-out-by-admin', at },
  'passkey-added': { kind: 'passkey-added', name: 'Phone', at },
  'passkey-removed': { kind: 'passkey-removed', name: 'Phone', at },
  'passkey-suspected': { kind: 'passkey-suspected', name: 'Phone', at },
  'api-key-created': { kind: 'api-key-created', name: 'Nightly export', scopes: 'catalog:read', at, expiresAt: at },
  'api-key-expiring': { kind: 'api-key-expiring', name: 'Nightly export', expiresAt: at },
  'external-identity-linked': { kind: 'external-identity-linked', provider: 'Keycloak', at },
  'external-identity-unlinked': { kind: 'external-identity-unlinked', provider: 'Keycloak', at },
  'recovery-code-used': { kind: 'recovery-code-used', codesLeft: 9, at },
  'data-export-ready': { kind: 'data-export-ready', missing: ['media', 'billing'], expiresAt: at },
  'erasure-scheduled': { kind: 'erasure-scheduled', by: 'admin', at, dueAt: at },
  'erasure-cancelled': { kind: 'erasure-cancelled', at },
  'account-erased': { kind: 'account-erased', at },
  'new-device': { kind: 'new-device', browser: 'Firefox', system: 'Linux', at },
  'recovery-codes-renewed': { kind: 'recovery-codes-renewed', at },
  'long-away': { kind: 'long-away', at },
  'confirm-new-address': { kind: 'confirm-new-address', expiresAt: at },
  'address-change-announced': { kind: 'address-change-announced', newEmail: 'new@example.com', at, expiresAt: at },
  'address-changed': { kind: 'address-changed', newEmail: 'new@example.com', at },
  'reset-password': { kind: 'reset-password', expiresAt: at },
  'password-changed': { kind: 'password-changed', how: 'reset', at },
  'payment-received': { kind: 'payment-received', ...of, amount, paymentId: 'pay-1' },
  'payment-declined': { kind: 'payment-declined', ...of, reason: 'card_declined' },
  'payment-refunded': { kind: 'payment-refunded', ...of, amount, full: true, paymentId: 'pay-1' },
  'enrolment-active': { kind: 'enrolment-active', ...of },
  'enrolment-ended': { kind: 'enrolment-ended', ...of, reason: 'refunded' },
  'learning-not-begun': { kind: 'learning-not-begun', ...of },
  'course-completed': { kind: 'course-completed', ...of },
  'certificate-issued': { kind: 'certificate-issued', ...of, code: 'LYC-1234-5678-9ABC' },
  'course-published': { kind: 'course-published', courseId: 'ts', courseTitle: 'Practical TypeScript', edition: 1 },
  'learner-enrolled': { kind: 'learner-enrolled', ...of },
  'media-rejected': { kind: 'media-rejected', fileName: 'cat.exe', reason: 'it is a program' },
};
const all = Object.values(samples);
const mails = all.filter(isMail);
const notices = all.filter(isInApp);
const url = 'https://lyceum.example';
const ada: Reader = { firstName: 'Ada' };
const inGerman: Reader = { firstName: 'Ada', locale: 'de-AT' };
const nasty = `<img src=x onerror=alert(1)>"'&{{ token }}{% raw %}`;

describe('a mail', () => {
  it.each(mails.flatMap((message) => [ada, inGerman].map((reader) => [message.kind, reader.locale, message, reader])))(
    '%s is complete in both parts, language %s',
    (_kind, _locale, message, reader) => {
      const { subject, html, text } = renderMail(message as (typeof mails)[number], reader as Reader, url, 't0ken');
      expect(subject).not.toBe('');
      for (const part of [subject, html, text]) expect(part).not.toMatch(/\{\{|\{%|undefined|\[object/);
      expect(html).toContain('Ada');
      expect(text).toContain('Ada');
      expect(html).not.toMatch(/<(?:script|img|link|iframe)|url\(|src=/i);
      for (const link of html.match(/https?:\/\/[^"<\s]+/g) ?? []) expect(link).toMatch(/^https:\/\/lyceum\.example\//);
    },
  );
  it('speaks the language of its reader, and English to those whose language we do not speak', () => {
    expect(['de', 'DE-at', 'de_CH', 'en-GB', 'fr', '', undefined].map(languageFor)).toEqual(
      ['de', 'de', 'de', 'en', 'en', 'en', 'en'], // prettier-ignore
    );
    const receipt = renderMail(samples['payment-received'], inGerman, url);
    expect(receipt.subject).toBe('Zahlung erhalten: Practical TypeScript');
    expect(receipt.text).toContain('49,00\u00A0€');
    expect(receipt.text).toContain('20. November 2026 um 09:05 UTC');
    expect(receipt.html).toContain('<html lang="de"');
    const other = renderMail(samples['payment-received'], { firstName: 'Ada', locale: 'fr' }, url);
    expect(other.text).toContain('€49.00');
    expect(other.text).toContain('20 November 2026 at 09:05 UTC');
  });
  it('gives the link with the token in both parts', () => {
    const { html, text } = renderMail(samples['verify-address'], ada, url, 'a.b-c_d~e');
    expect(text).toContain(`\n${url}/verify-email?token=a.b-c_d~e\n`);
    expect(html).toContain(`href="${url}/verify-email?token=a.b-c_d~e"`);
  });
  it('makes no markup of what people write', () => {
    for (const message of mails) {
      const told = 'courseTitle' in message ? { ...message, courseTitle: nasty } : message;
      const { html, text } = renderMail(told, { firstName: nasty }, url, 'secret');
      expect(html).not.toContain('<img');
      expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;&#34;&#39;&amp;{{ token }}{% raw %}');
      expect(text).toContain(nasty);
    }
  });
  it('lets nobody put headers into it', () => {
    const split = 'Course\r\nBcc: everybody@example.com\u2028x\u0000y\u202Egnp.exe';
    const { subject } = renderMail({ ...samples['payment-received'], courseTitle: split }, ada, url);
    expect(subject).toBe('Payment received: Course Bcc: everybody@example.com x y gnp.exe');
    expect(oneLine('Ada\r\nBcc: x@example.com', 80)).toBe('Ada Bcc: x@example.com');
  });
  it('greets also somebody without a name', () => {
    expect(renderMail(samples['enrolment-active'], { firstName: ' ' }, url).text).toContain('Hello,');
  });
  it('cuts what is too long between letters', () => {
    expect(oneLine('👩‍👩‍👧'.repeat(5), 3)).toBe('👩‍👩‍👧👩‍👩‍👧…');
    expect(
      renderMail({ ...samples['payment-received'], courseTitle: 'x'.repeat(5_000) }, ada, url).subject,
    ).toHaveLength(200);
  });
  it('does not offer a way out of mail about safety', () => {
    for (const message of mails.filter((mail) => !isInApp(mail)))
      expect(renderMail(message, ada, url).text).not.toMatch(/unsubscribe|preferences/i);
  });
});

describe('a notification', () => {
  it.each(
    notices.flatMap((message) => [ada, inGerman].map((reader) => [message.kind, reader.locale, message, reader])),
  )('%s is complete, language %s', (_kind, _locale, message, reader) => {
    const notice = renderNotice(message as (typeof notices)[number], reader as Reader, url);
    for (const text of Object.values(notice)) expect(text).not.toMatch(/\{\{|\{%|undefined|\[object|^$/);
    expect(notice.link ?? `${url}/`).toMatch(/^https:\/\/lyceum\.example\/[\w/-]*$/);
  });
  it('tells a first edition from a later one', () => {
    expect(renderNotice(samples['course-published'], ada, url).title).toBe('Your course is live');
    expect(renderNotice({ ...samples['course-published'], edition: 2 }, ada, url)).toMatchObject({
      title: 'Your new edition is live',
      body: '“Practical TypeScript” is published in edition 2.',
    });
  });
});

it('says the same things in both languages', () => {
  for (const kind of Object.keys(english.mails) as MailKind[]) {
    const [one, other] = [english.mails[kind], german.mails[kind]];
    expect([other.lines.length, other.facts?.length, other.action?.url, other.note === undefined]).toEqual([
      one.lines.length,
      one.facts?.length,
      one.action?.url,
      one.note === undefined,
    ]);
    expect(variablesIn(other)).toEqual(variablesIn(one));
  }
  for (const kind of Object.keys(english.inApp) as InAppKind[])
    expect(variablesIn(german.inApp[kind])).toEqual(variablesIn(english.inApp[kind]));
});

const variablesIn = (copy: object) => [...new Set(JSON.stringify(copy).match(/\{\{.+?\}\}/g))].sort();
