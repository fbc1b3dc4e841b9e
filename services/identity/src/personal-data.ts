import { Injectable } from '@nestjs/common';
import { type Erased, PersonalData, type Section } from '@lyceum/host';
import { type Erasure, inPages } from '@lyceum/store';
import { ApiKeysService } from './api-keys/api-keys.service.js';
import { AccountsStore } from './accounts/accounts.store.js';
import { userOf } from './accounts/views.js';
import { AuditEntriesStore } from './audit/audit-entries.store.js';
import { securityEventOf } from './audit/audit.views.js';
import { ConsentsStore } from './consents/consents.store.js';
import { EmailChangesStore } from './email-change/email-changes.store.js';
import { ExternalIdentitiesStore } from './external-sign-in/external-identities.store.js';
import { DataExportsStore } from './exports/data-exports.store.js';
import { ExportPartsStore } from './exports/export-parts.store.js';
import { PasskeyChallengesStore } from './passkeys/passkey-challenges.store.js';
import { PasskeysStore } from './passkeys/passkeys.store.js';
import { AvatarImages } from './profile/avatar-images.js';
import { RecoveriesStore } from './recovery/recoveries.store.js';
import { SessionsService } from './sessions/sessions.service.js';
import { SessionsStore } from './sessions/sessions.store.js';
import { SignInChallengesStore } from './two-factor/sign-in-challenges.store.js';
import { TwoFactorStore } from './two-factor/two-factor.store.js';

/** What identity holds about somebody. The account itself goes when the erasure begins (`erasures/`), before anybody hears of it. */
@Injectable()
export class IdentityPersonalData extends PersonalData {
  constructor(
    private readonly accounts: AccountsStore,
    private readonly sessions: SessionsStore,
    private readonly signedIn: SessionsService,
    private readonly twoFactors: TwoFactorStore,
    private readonly challenges: SignInChallengesStore,
    private readonly passkeys: PasskeysStore,
    private readonly passkeyChallenges: PasskeyChallengesStore,
    private readonly recoveries: RecoveriesStore,
    private readonly emailChanges: EmailChangesStore,
    private readonly avatars: AvatarImages,
    private readonly apiKeys: ApiKeysService,
    private readonly providers: ExternalIdentitiesStore,
    private readonly consents: ConsentsStore,
    private readonly exports: DataExportsStore,
    private readonly exportParts: ExportPartsStore,
    private readonly entries: AuditEntriesStore,
  ) {
    super();
  }

  async *collect(userId: string): AsyncGenerator<Section, void> {
    const account = await this.accounts.get(userId);
    if (!account) return;
    const { passwordChangedAt, remindedAt, verification, mails } = account;
    const safety = {
      emailAddress: verification.status,
      passwordChangedAt: passwordChangedAt?.toISOString() ?? null,
      lastSeenAt: account.lastSeenAt?.toISOString() ?? null,
      remindedOfAbsenceAt: remindedAt?.toISOString() ?? null,
      verificationMailsToday: mails.verification.map((at) => at.toISOString()),
      repeatedRegistrationsToday: mails.repetition.map((at) => at.toISOString()),
    };
    yield { name: 'account', title: 'Your account', records: [{ ...userOf(account), ...safety }] };
    const sessions = (await this.sessions.ofAccount(userId)).map(
      ({ id, device, startedAt, lastSeenAt, authentication, state }) => ({
        id,
        ...device,
        provenBy: [...authentication.methods],
        startedAt: startedAt.toISOString(),
        lastSeenAt: lastSeenAt.toISOString(),
        status: state.status,
      }),
    );
    yield { name: 'sessions', title: 'Devices on which you were signed in', records: sessions };
    const passkeys = (await this.passkeys.of(userId)).map(({ id, name, addedAt, state: { counter, lastUsedAt } }) => ({
      id,
      name,
      counter,
      addedAt: addedAt.toISOString(),
      lastUsedAt: lastUsedAt?.toISOString() ?? null,
    }));
    yield { name: 'passkeys', title: 'Your passkeys', records: passkeys };
    const twoFactor = (await this.twoFactors.get(userId))?.state;
    const since = twoFactor && 'since' in twoFactor ? { since: twoFactor.since.toISOString() } : {};
    yield {
      name: 'two-factor',
      title: 'Two-factor sign-in',
      records: twoFactor ? [{ status: twoFactor.status, ...since }] : [],
    };
    const keys = (await this.apiKeys.list(userId)).map(
      ({ id, name, lastFour, scopes, createdAt, expiresAt, lastUse }) => ({
        id,
        name,
        lastFour,
        scopes: [...scopes],
        createdAt: createdAt.toISOString(),
        expiresAt: expiresAt.toISOString(),
        lastUse: lastUse ? { at: lastUse.at.toISOString(), network: lastUse.network } : null,
      }),
    );
    const providers = (await this.providers.of(userId)).map(({ id, provider, state }) => ({
      id,
      provider,
      since: state.since.toISOString(),
      lastUsedAt: state.lastUsedAt?.toISOString() ?? null,
    }));
    yield { name: 'providers', title: 'Providers by which you can sign in', records: providers };
    yield { name: 'api-keys', title: 'Your API keys', records: keys };
    const wish = (await this.emailChanges.get(userId))?.standing;
    const addresses = wish && wish.status !== 'stopped' ? { oldEmail: wish.oldEmail, newEmail: wish.newEmail } : {};
    yield {
      name: 'email-change',
      title: 'Your wish for another address',
      records: wish ? [{ status: wish.status, at: wish.at.toISOString(), ...addresses }] : [],
    };
    const said = (await this.consents.get(userId))?.history ?? [];
    const consents = said.map(({ at, ...decision }) => ({ ...decision, at: at.toISOString() }));
    yield { name: 'consents', title: 'What you have agreed to', records: consents };
    const exports = ((await this.exports.get(userId))?.exports ?? []).map(({ exportId, requestedAt, status }) => ({
      exportId,
      status,
      requestedAt: requestedAt.toISOString(),
    }));
    yield { name: 'exports', title: 'When you asked for your data', records: exports };
    for await (const items of inPages((page) => this.entries.search({ target: userId }, page)))
      yield { name: 'security-events', title: 'What happened to your account', records: items.map(securityEventOf) };
  }

  async erase(userId: string, _context: Erasure): Promise<Erased> {
    await this.signedIn.endAll(userId, 'signed-out-everywhere');
    await this.apiKeys.erase(userId);
    const asked = (await this.exports.get(userId))?.exports.map(({ exportId }) => exportId) ?? [];
    const counts: [string, number][] = [
      ['sessions', await this.sessions.forgetDevices(userId)],
      ['authenticator apps', await gone(this.twoFactors, [userId])],
      ['sign-ins under way', await gone(this.challenges, await this.challenges.idsOf(userId))],
      ['ways to sign in by a provider', await gone(this.providers, await this.providers.idsOf(userId))],
      ['passkeys', await gone(this.passkeys, await this.passkeys.idsOf(userId))],
      ['passkey prompts', await gone(this.passkeyChallenges, await this.passkeyChallenges.idsOf(userId))],
      ['forgotten passwords', await gone(this.recoveries, [userId])],
      ['wishes for another address', await gone(this.emailChanges, [userId])],
      ['pictures', await this.avatars.forgetOwner(userId)],
      ['consents', await gone(this.consents, [userId])],
      ['parts of exports', await this.exportParts.forget(asked)],
      ['exports', await gone(this.exports, [userId])],
    ];
    return {
      erased: counts.filter(([, count]) => count > 0).map(([what, count]) => ({ what, count })),
      kept: [
        {
          what: 'entries of the security log, and the order to erase the account',
          why: 'What was done with accounts must be provable afterwards: an entry holds numbers and the reason that an administrator has given, who may write no names and addresses there.',
        },
        {
          what: 'the number of the account',
          why: 'So that nobody ever gets the same one, and nothing that comes late brings anything back.',
        },
      ],
    };
  }
}

/** How many of them there were. */
async function gone(store: { remove(id: string): Promise<boolean> }, ids: readonly string[]): Promise<number> {
  const removed = await Promise.all(ids.map((id) => store.remove(id)));
  return removed.filter(Boolean).length;
}
