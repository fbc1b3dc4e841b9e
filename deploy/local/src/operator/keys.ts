import { BadUsage, type Manner, mannerOf, parsedArgs } from './command.js';
import type { Desk, EncryptionKeys, SigningKeys } from './desk.js';
import type { Voice } from './operator.js';
import { moment, plural, table } from './report.js';

export type KeysCommand =
  | { readonly name: 'help' }
  | { readonly name: 'list' }
  | { readonly name: 'rotate'; readonly now: boolean; readonly reason: string }
  | { readonly name: 'encryption' };

export const keysUsage = `Usage: npm run keys -- COMMAND

                          without a command: prints the secrets that a new installation needs
  list                    the keys that access tokens are signed with
  rotate --reason R       a new one takes over in 75 minutes; nobody notices
  rotate --now --reason R a key has leaked: a new one signs at once, and within seconds no token of another one is
                          believed any more; everybody's client asks for a new token
  encryption              with which key secrets are encrypted, and how many still need an old one

--json, --url and --data, and who you are, are as with npm run events; to rotate, you must have signed in within ten
minutes. Exit codes: 0 done, 1 refused or failed, 2 the command cannot be understood.`;

const options = { reason: { type: 'string' }, now: { type: 'boolean' } } as const;

/** Throws {@link BadUsage}. */
export function readKeysCommand(args: readonly string[]): { command: KeysCommand; manner: Manner } {
  const { values, positionals } = parsedArgs(args, options);
  const manner = mannerOf(values);
  const [name = 'help', ...rest] = positionals;
  if (values.help || name === 'help') return { command: { name: 'help' }, manner };
  if (rest.length > 0) throw new BadUsage(`${name} does not know what to do with ${rest.join(' ')}.`);
  if (name !== 'rotate' && (values.now || values.reason !== undefined))
    throw new BadUsage(`${name} takes neither --now nor --reason.`);
  if (name === 'list' || name === 'encryption') return { command: { name }, manner };
  if (name !== 'rotate') throw new BadUsage(`There is no command ${name}.`);
  const reason = values.reason?.trim();
  if (!reason) throw new BadUsage('rotate needs a reason: --reason "…".');
  return { command: { name, now: values.now ?? false, reason }, manner };
}

/** Does what was asked. Throws {@link Refused}. */
export async function doKeys(command: Exclude<KeysCommand, { name: 'help' }>, desk: Desk, voice: Voice): Promise<void> {
  if (command.name === 'encryption') {
    const keys = await desk.encryptionKeys();
    return voice.answer(encryptionReport(keys), keys);
  }
  const ring = command.name === 'list' ? await desk.signingKeys() : await desk.rotateSigningKeys(command);
  voice.answer(ringReport(ring), ring);
}

function ringReport({ keys, withdrawn }: SigningKeys): string {
  const rows = [
    ...keys.map(({ kid, status, activeFrom, retireAfter }) => [
      kid,
      status,
      moment(activeFrom),
      retireAfter === undefined ? '–' : moment(retireAfter),
    ]),
    ...withdrawn.map(({ kid, at }) => [kid, 'withdrawn', '–', moment(at)]),
  ];
  return table(['key', 'state', 'signs from (UTC)', 'until'], rows);
}

function encryptionReport({ keyId, readOnlyKeyIds, left }: EncryptionKeys): string {
  const places = Object.entries(left).filter(([, count]) => count > 0);
  const others = readOnlyKeyIds.length > 0 ? `Only read with: ${readOnlyKeyIds.join(', ')}.` : 'There is no other key.';
  const rest = places.map(([place, count]) => `${plural(count, 'secret')} of ${place}`).join(', ');
  const verdict = rest
    ? `${rest} still need another one: npm run jobs -- run identity.encrypt-anew`
    : 'Everything is encrypted with it. Another key is needed for refresh tokens only, for 30 days after it was in front.';
  return `Secrets are encrypted with ${keyId}. ${others}\n${verdict}`;
}
