import { profileChanged } from '@lyceum/contracts';
import { type Change, changed, unchanged } from '@lyceum/kernel';
import type { Account, Profile } from '../accounts/account.js';

/** What is to be different; null takes it away, what is not there stays. */
export interface ProfileEdit {
  readonly firstName?: string | undefined;
  readonly lastName?: string | undefined;
  readonly locale?: string | null | undefined;
  readonly timeZone?: string | null | undefined;
  readonly bio?: string | null | undefined;
  readonly avatarMediaId?: string | null | undefined;
}

/** Changes what the edit names; nothing, and nobody is told, when all of it is so already. */
export function editProfile(account: Account, edit: ProfileEdit, now: Date): Change<Account> {
  const { firstName = account.firstName, lastName = account.lastName } = edit;
  const profile = profileAfter(account.profile ?? {}, edit);
  const next: Account = { ...account, firstName, lastName, profile };
  if (pictureOf(next) === pictureOf(account)) return unchanged(account);
  const { id: userId, roles } = account;
  const about = { userId, firstName, lastName, roles: [...roles], ...profile };
  return changed(next, [profileChanged({ ...about, changedAt: now.toISOString() })]);
}

function profileAfter(before: Profile, edit: ProfileEdit): Profile {
  const pick = <T>(to: T | null | undefined, from: T | undefined): T | undefined =>
    to === undefined ? from : (to ?? undefined);
  const { locale, timeZone, bio, avatarMediaId } = edit;
  return withoutAbsent({
    locale: pick(locale, before.locale),
    timeZone: pick(timeZone, before.timeZone),
    bio: pick(bio, before.bio),
    avatarMediaId: pick(avatarMediaId, before.avatarMediaId),
  });
}

const withoutAbsent = (profile: Profile): Profile =>
  Object.fromEntries(Object.entries(profile).filter(([, value]) => value !== undefined));

const pictureOf = ({ firstName, lastName, profile = {} }: Account): string =>
  JSON.stringify([firstName, lastName, profile.locale, profile.timeZone, profile.bio, profile.avatarMediaId]);
