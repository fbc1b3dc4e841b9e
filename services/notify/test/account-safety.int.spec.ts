import {
  apiKeyCreated,
  apiKeyExpiring,
  externalIdentityLinked,
  externalIdentityUnlinked,
  accountReinstated,
  accountSuspended,
  newDeviceSignedIn,
  passkeyAdded,
  passkeyRemoved,
  passkeySuspected,
  recoveryCodeUsed,
  rolesChanged,
  signedOutByAdmin,
  recoveryCodesRenewed,
  twoFactorDisabled,
  twoFactorEnabled,
  twoFactorReset,
  userInactive,
} from '@lyceum/contracts';
import { newId } from '@lyceum/kernel';
import { dataOf, eventually } from '@lyceum/testing';
import { type PostOffice, openPostOffice } from './post-office.js';

interface Account {
  readonly userId: string;
  readonly email: string;
  readonly firstName: string;
}

jest.setTimeout(30_000);

describe('the owner of an account', () => {
  let office: PostOffice;
  beforeAll(async () => {
    office = await openPostOffice();
  }, 60_000);
  afterAll(() => office.close(), 30_000);

  const deliver: PostOffice['booted']['deliver'] = (...delivered) => office.booted.deliver(...delivered);
  const turnedOn = (account: Account, id: string) =>
    deliver(twoFactorEnabled, dataOf(twoFactorEnabled, account), { id });
  const occasions: [string, RegExp, (account: Account, id: string) => Promise<void>][] = [
    [
      'Two-factor sign-in is off',
      /password alone is enough/,
      (account, id) => deliver(twoFactorDisabled, dataOf(twoFactorDisabled, account), { id }),
    ],
    [
      'An administrator has turned your two-factor sign-in off',
      /turn it on again/,
      (account, id) => deliver(twoFactorReset, dataOf(twoFactorReset, account), { id }),
    ],
    [
      'Your account is suspended',
      /until 3 December 2026/,
      (account, id) => deliver(accountSuspended, dataOf(accountSuspended, account), { id }),
    ],
    [
      'Your account is open again',
      /sign in as before/,
      (account, id) => deliver(accountReinstated, dataOf(accountReinstated, account), { id }),
    ],
    [
      'You may do other things with your account',
      /STUDENT, INSTRUCTOR/,
      (account, id) => deliver(rolesChanged, dataOf(rolesChanged, account), { id }),
    ],
    [
      'You have been signed out everywhere',
      /ended all sessions/,
      (account, id) => deliver(signedOutByAdmin, dataOf(signedOutByAdmin, account), { id }),
    ],
    [
      'A recovery code was used',
      /left: 9/,
      (account, id) => deliver(recoveryCodeUsed, dataOf(recoveryCodeUsed, account), { id }),
    ],
    [
      'You have new recovery codes',
      /no longer work/,
      (account, id) => deliver(recoveryCodesRenewed, dataOf(recoveryCodesRenewed, account), { id }),
    ],
    [
      'Somebody has signed in to your account from a new device',
      /Firefox on Linux/,
      (account, id) => deliver(newDeviceSignedIn, dataOf(newDeviceSignedIn, account), { id }),
    ],
    [
      'Your courses are still here',
      /the only reminder/,
      (account, id) => deliver(userInactive, dataOf(userInactive, account), { id }),
    ],
    [
      'A passkey was added to your account',
      /“Ada's phone”/,
      (account, id) => deliver(passkeyAdded, dataOf(passkeyAdded, account), { id }),
    ],
    [
      'A passkey was removed from your account',
      /“Ada's phone”/,
      (account, id) => deliver(passkeyRemoved, dataOf(passkeyRemoved, account), { id }),
    ],
    [
      'There may be a copy of one of your passkeys',
      /“Ada's phone”/,
      (account, id) => deliver(passkeySuspected, dataOf(passkeySuspected, account), { id }),
    ],
    [
      'You can sign in with Keycloak now',
      /account at Keycloak can sign in/,
      (account, id) => deliver(externalIdentityLinked, dataOf(externalIdentityLinked, account), { id }),
    ],
    [
      'Keycloak was unlinked from your account',
      /cannot sign in to your Lyceum account any more/,
      (account, id) => deliver(externalIdentityUnlinked, dataOf(externalIdentityUnlinked, account), { id }),
    ],
    [
      'An API key was made for your account',
      /“Nightly export”[^]*catalog:read, enrollment:read/,
      (account, id) => deliver(apiKeyCreated, dataOf(apiKeyCreated, account), { id }),
    ],
    [
      'Your API key “Nightly export” expires soon',
      /make a new key/,
      (account, id) => deliver(apiKeyExpiring, dataOf(apiKeyExpiring, account), { id }),
    ],
  ];

  it.each(occasions)('gets one mail “%s”, however often its event comes', async (subject, words, tell) => {
    const { id: userId, email } = await office.somebody();
    const account = { userId, email, firstName: 'Ada' };
    const id = newId();
    await Promise.all([tell(account, id), tell(account, id)]);
    await tell(account, id);
    await turnedOn(account, newId()); // whose mail comes after all others
    const mails = await eventually(() => {
      const all = office.mailbox.messages({ to: email });
      expect(all.map((mail) => mail.subject)).toContain('Two-factor sign-in is on');
      expect(all.length).toBeGreaterThanOrEqual(2);
      return all;
    });
    const told = mails.filter((mail) => mail.subject === subject);
    expect(told).toHaveLength(1);
    expect(told[0]?.text).toMatch(words);
    expect(told[0]?.text).not.toMatch(/identity card|ticket 4711/); // an administrator's reason is not for mails
  });
});
