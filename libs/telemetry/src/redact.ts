import { plainLine } from '@lyceum/kernel';
import winston from 'winston';

// Field names (any depth, any letter case, `-` and `_` ignored) whose values never reach a log.
const secrets =
  /^(password|newpassword|oldpassword|passphrase|secret|clientsecret|token|accesstoken|refreshtoken|sealedtoken|idtoken|apikey|xapikey|authorization|cookie|setcookie|stripesignature|otp|totp|challenge|currentpassword|recoverycode|recoverycodes|privatekey|signature|cardnumber|cvc)$/;
const personal = /^(email|newemail|oldemail|firstname|lastname|fullname|learnername|phone|address|ip)$/;
// JWTs, bearer tokens, our API keys, Stripe and SendGrid keys, credentials in URLs: also inside text.
const inText: readonly [RegExp, string][] = [
  [/\beyJ[\w-]+\.[\w-]*(?:\.[\w-]*){1,3}/g, '[token]'],
  // also cut short, and where other text stands before it: its first part alone is no secret, but nobody needs it either
  [/lyk_\w+/g, '[key]'],
  [/\b(?:sk|rk|whsec)_[\w]{8,}/g, '[key]'],
  [/\bSG\.[\w-]{8,}\.[\w-]{8,}/g, '[key]'],
  [/(\w+:\/\/)[^/\s:@]+:[^/\s@]+@/g, '$1[credentials]@'],
  [/[\w.+-]+@[\w-]+\.[\w.-]+/g, '[email]'],
];
const maxDepth = 8;

/** Text with tokens, keys, credentials and e-mail addresses taken out, and line breaks neutralised. */
export function redactText(text: string): string {
  let clean = plainLine(text);
  for (const [pattern, replacement] of inText) clean = clean.replaceAll(pattern, replacement);
  return clean;
}

// a stack has lines of its own; those that somebody has put into its message are none
const redactStack = (stack: string): string =>
  stack
    .split(/\n(?=\s+at )/)
    .map(redactText)
    .join('\n');

/** A copy without secrets and personal data; errors become `{ name, message, stack, … }`. */
export function redactValue(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  if (depth >= maxDepth) return '[deep]';
  if (Array.isArray(value)) return value.map((item) => redactValue(item, depth + 1));
  const copy: Record<string, unknown> = {};
  if (value instanceof Error)
    Object.assign(copy, {
      name: value.name,
      message: redactText(value.message),
      stack: redactStack(value.stack ?? ''),
    });
  for (const [key, item] of Object.entries(value)) {
    const name = key.toLowerCase().replaceAll(/[-_]/g, '');
    copy[plainLine(key)] = secrets.test(name)
      ? '[secret]'
      : personal.test(name)
        ? '[personal]'
        : redactValue(item, depth + 1);
  }
  return copy;
}

/** The winston format that applies {@link redactValue} to every field and {@link redactText} to the message. */
export const redact = winston.format((info) => {
  info.message = redactText(String(info.message));
  for (const key of Object.keys(info)) {
    if (key === 'level' || key === 'message' || key === 'timestamp') continue;
    const clean = redactValue({ [key]: info[key] });
    if (plainLine(key) !== key) Reflect.deleteProperty(info, key);
    Object.assign(info, clean);
  }
  return info;
});
