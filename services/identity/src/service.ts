import {
  emailVerified,
  passwordChanged,
  passwordResetRequested,
  registrationRepeated,
  sessionCompromised,
  userRegistered,
  verificationRequested,
} from '@lyceum/contracts';
import { defineService } from '@lyceum/host';
import { EndedSessionsFeed, VerificationKeys } from '@lyceum/http';
import { AccountsController } from './accounts/accounts.controller.js';
import { AccountsStore } from './accounts/accounts.store.js';
import { FirstAdmin } from './accounts/first-admin.js';
import { ProofTokens } from './accounts/proof-tokens.js';
import { RegistrationService } from './accounts/registration.service.js';
import { VerifyEmailController } from './accounts/verify-email.controller.js';
import { AttemptsStore } from './attempts/attempts.store.js';
import { Config } from './config.js';
import { KeyRingsStore } from './keys/key-rings.store.js';
import { KeysController } from './keys/keys.controller.js';
import { SigningKeys } from './keys/signing-keys.js';
import { PasswordChangeService } from './passwords/password-change.service.js';
import { PasswordHasher } from './passwords/password-hasher.js';
import { PasswordProof } from './passwords/password-proof.js';
import { PasswordRules } from './passwords/password-rules.js';
import { PasswordsController } from './passwords/passwords.controller.js';
import { Reactions } from './reactions.js';
import { RecoveriesStore } from './recovery/recoveries.store.js';
import { RecoveryController } from './recovery/recovery.controller.js';
import { RecoveryService } from './recovery/recovery.service.js';
import { ResetPasswordController } from './recovery/reset-password.controller.js';
import { refusals } from './refusals.js';
import { AccessTokens } from './sessions/access-tokens.js';
import { OwnEndedSessions } from './sessions/ended-sessions.js';
import { EndedSessionsController } from './sessions/ended-sessions.controller.js';
import { EndedSessionsRelay } from './sessions/ended-sessions.relay.js';
import { SessionsController } from './sessions/sessions.controller.js';
import { SessionsService } from './sessions/sessions.service.js';
import { SessionsStore } from './sessions/sessions.store.js';

export const identity = defineService({
  name: 'identity',
  description: 'Accounts, sessions and roles; signs the access tokens that every service believes.',
  config: Config,
  controllers: [
    AccountsController,
    SessionsController,
    KeysController,
    EndedSessionsController,
    VerifyEmailController,
    PasswordsController,
    RecoveryController,
    ResetPasswordController,
  ],
  providers: [
    AccountsStore,
    SessionsStore,
    AttemptsStore,
    KeyRingsStore,
    SigningKeys,
    { provide: VerificationKeys, useExisting: SigningKeys },
    OwnEndedSessions,
    { provide: EndedSessionsFeed, useExisting: OwnEndedSessions },
    EndedSessionsRelay,
    PasswordHasher,
    PasswordProof,
    PasswordRules,
    PasswordChangeService,
    RecoveriesStore,
    RecoveryService,
    ProofTokens,
    RegistrationService,
    AccessTokens,
    SessionsService,
    FirstAdmin,
  ],
  reactions: Reactions,
  publishes: [
    userRegistered,
    verificationRequested,
    registrationRepeated,
    emailVerified,
    sessionCompromised,
    passwordResetRequested,
    passwordChanged,
  ],
  refusals,
  stateful: true,
  remoteKeys: false,
});
