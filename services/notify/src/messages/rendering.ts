import { formatMoney } from '@lyceum/kernel';
import { Liquid, type Template } from 'liquidjs';
import type { Copy, InAppCopy, InAppKind, MailCopy, MailKind } from './copy.js';
import { german } from './copy.de.js';
import { english } from './copy.en.js';
import { htmlLayout, textLayout } from './layout.js';
import type { Message } from './message.js';

export type MailMessage = Extract<Message, { kind: MailKind }>;
export type InAppMessage = Extract<Message, { kind: InAppKind }>;

export interface RenderedMail {
  readonly subject: string;
  readonly html: string;
  readonly text: string;
}

export interface RenderedNotice {
  readonly title: string;
  readonly body: string;
  readonly link?: string;
}

export interface Reader {
  readonly firstName?: string | undefined;
  /** BCP 47, as the account has it. */
  readonly locale?: string | undefined;
}

type Locale = 'en' | 'de';
const copies: Record<Locale, Copy> = { en: english, de: german };
const momentOf: Record<Locale, (at: string) => string> = { en: momentsIn('en-GB'), de: momentsIn('de-DE') };

const strict = { strictVariables: true, strictFilters: true, ownPropertyOnly: true, lenientIf: true } as const;
const plain = new Liquid(strict);
const escaping = new Liquid({ ...strict, outputEscape: 'escape' });
const htmlPage = escaping.parse(htmlLayout);
const textPage = plain.parse(textLayout);
const parsed = new Map<string, Template[]>();

export const isMail = (message: Message): message is MailMessage => message.kind in english.mails;
export const isInApp = (message: Message): message is InAppMessage => message.kind in english.inApp;

/** The language of ours that fits best: `de-AT` gets German, anything that we do not speak English. */
export function languageFor(locale: string | undefined): Locale {
  const language = locale?.toLowerCase().split(/[-_]/)[0];
  return language === 'de' ? 'de' : 'en';
}

/**
 * A mail in the reader's language, as HTML and as text. Nothing that a person has written becomes markup, a template or a
 * header of its own.
 * @param token the opened one-time token, for the mail that carries its link
 */
export function renderMail(message: MailMessage, reader: Reader, publicUrl: string, token = ''): RenderedMail {
  const locale = languageFor(reader.locale);
  const copy = copies[locale];
  const mail: MailCopy = copy.mails[message.kind];
  const firstName = oneLine(reader.firstName ?? '', 80);
  const values = { ...valuesOf(message, locale), firstName, publicUrl, token };
  const say = (template: string) => fill(template, values);
  const subject = oneLine(say(mail.subject), 200);
  const parts = {
    locale,
    subject,
    heading: say(mail.heading),
    greeting: say(firstName === '' ? copy.greetingNameless : copy.greeting),
    lines: mail.lines.map(say),
    facts: (mail.facts ?? []).map(([label, value]) => ({ label, value: say(value) })),
    action: mail.action ? { label: mail.action.label, url: say(mail.action.url) } : undefined,
    note: mail.note === undefined ? undefined : say(mail.note),
    linkHint: copy.linkHint,
    footer: copy.footer,
  };
  return { subject, html: render(escaping, htmlPage, parts), text: render(plain, textPage, parts) };
}

/** A notification's words in the reader's language, plain text. */
export function renderNotice(message: InAppMessage, reader: Reader, publicUrl: string): RenderedNotice {
  const locale = languageFor(reader.locale);
  const copy: InAppCopy = copies[locale].inApp[message.kind];
  const values = { ...valuesOf(message, locale), publicUrl };
  const title = oneLine(fill(copy.title, values), 200);
  const body = fill(copy.body, values);
  return copy.link === undefined ? { title, body } : { title, body, link: fill(copy.link, values) };
}

/** Text that can stand in a header: one line, without characters that are not seen or that turn the order around. */
export function oneLine(text: string, longest: number): string {
  const clean = text
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]+/gu, ' ')
    .replaceAll(/ {2,}/g, ' ')
    .trim();
  if (clean.length <= longest) return clean;
  const letters = Array.from(segmenter.segment(clean), ({ segment }) => segment);
  return letters.length > longest ? `${letters.slice(0, longest - 1).join('')}…` : clean;
}

const segmenter = new Intl.Segmenter();

const moments = new Set(['at', 'dueAt', 'expiresAt', 'until']);

/** What the templates see: amounts and times as people write them, text on one line. */
function valuesOf(message: Message, locale: Locale): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [name, value] of Object.entries<unknown>({ ...message })) {
    if (typeof value !== 'string') values[name] = value;
    else values[name] = moments.has(name) ? momentOf[locale](value) : oneLine(value, 300);
  }
  if ('amount' in message) values['amount'] = formatMoney(message.amount, locale);
  return values;
}

function fill(template: string, values: object): string {
  let ready = parsed.get(template);
  if (!ready) parsed.set(template, (ready = plain.parse(template)));
  return render(plain, ready, values);
}

function render(engine: Liquid, template: Template[], values: object): string {
  const rendered: unknown = engine.renderSync(template, values);
  return String(rendered);
}

function momentsIn(language: string): (at: string) => string {
  const format = new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' });
  return (at) => `${format.format(new Date(at))} UTC`;
}
