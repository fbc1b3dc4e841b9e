import {
  apiKeyCreated,
  apiKeyExpiring,
  apiKeyExpiryDue,
  apiKeyRevoked,
  consentChanged,
  dataExportExpired,
  dataExportOverdue,
  dataExportReady,
  dataExportRequested,
  accountReinstated,
  accountSuspended,
  emailChangeAnnounced,
  emailChangeRequested,
  emailChanged,
  emailVerified,
  erasureCancelled,
  erasureDue,
  erasureScheduled,
  erasureUnanswered,
  externalIdentityLinked,
  externalIdentityUnlinked,
  passkeyAdded,
  passkeyRemoved,
  passkeySuspected,
  passwordChanged,
  profileChanged,
  passwordResetRequested,
  recoveryCodeUsed,
  recoveryCodesRenewed,
  registrationRepeated,
  rolesChanged,
  sessionCompromised,
  sessionEnded,
  sessionOpened,
  sessionProvenAgain,
  signInSlowedDown,
  signedOutByAdmin,
  suspensionOver,
  signingKeysRotated,
  newDeviceSignedIn,
  userInactive,
  twoFactorDisabled,
  twoFactorEnabled,
  twoFactorReset,
  userErased,
  userRegistered,
  verificationRequested,
} from '@lyceum/contracts';
import { defineService } from '@lyceum/host';
import { EndedSessionsFeed, VerificationKeys } from '@lyceum/http';
import { AccountsController } from './accounts/accounts.controller.js';
import { AccountsStore } from './accounts/accounts.store.js';
import { FirstAdmin } from './accounts/first-admin.js';
import { InactivityReminders } from './accounts/inactivity-reminders.service.js';
import { ProofTokens } from './accounts/proof-tokens.js';
import { RegistrationService } from './accounts/registration.service.js';
import { VerifyEmailController } from './accounts/verify-email.controller.js';
import { ApiKeysController } from './api-keys/api-keys.controller.js';
import { ApiKeysService } from './api-keys/api-keys.service.js';
import { ApiKeysStore } from './api-keys/api-keys.store.js';
import { AdministrationController } from './administration/administration.controller.js';
import { AdministrationService } from './administration/administration.service.js';
import { AdministratorsStore } from './administration/administrators.store.js';
import { AttemptsStore } from './attempts/attempts.store.js';
import { AuditCheckpoints } from './audit/audit-checkpoints.js';
import { AuditCheckpointsStore } from './audit/audit-checkpoints.store.js';
import { AuditEntriesStore } from './audit/audit-entries.store.js';
import { AuditExport } from './audit/audit-export.js';
import { AuditLog } from './audit/audit-log.service.js';
import { AuditMetrics } from './audit/audit-metrics.js';
import { AuditVerificationService } from './audit/audit-verification.service.js';
import { AuditController } from './audit/audit.controller.js';
import { CheckpointKey } from './audit/checkpoint-key.js';
import { Pseudonyms } from './audit/pseudonyms.js';
import { Cleanup } from './cleanup/cleanup.service.js';
import { Config } from './config.js';
import { ConsentsController } from './consents/consents.controller.js';
import { ConsentsService } from './consents/consents.service.js';
import { ConsentsStore } from './consents/consents.store.js';
import { EmailChangeController } from './email-change/email-change.controller.js';
import { EmailChangePagesController } from './email-change/email-change.pages.controller.js';
import { EmailChangeService } from './email-change/email-change.service.js';
import { EmailChangesStore } from './email-change/email-changes.store.js';
import { KeyEncryption } from './encryption/key-encryption.service.js';
import { PersonalKeyWrappings } from './encryption/personal-key-wrappings.js';
import { SecretsAtRest } from './encryption/secrets-at-rest.js';
import { ErasureMetrics } from './erasures/erasure-metrics.js';
import { ErasuresController } from './erasures/erasures.controller.js';
import { ErasuresService } from './erasures/erasures.service.js';
import { ErasuresStore } from './erasures/erasures.store.js';
import { ReceiptController } from './erasures/receipt.controller.js';
import { ReceiptTokens } from './erasures/receipt-tokens.js';
import { DataExportsStore } from './exports/data-exports.store.js';
import { ExportCipher } from './exports/export-cipher.js';
import { ExportPartsStore } from './exports/export-parts.store.js';
import { ExportsController } from './exports/exports.controller.js';
import { ExportsService } from './exports/exports.service.js';
import { ExternalAttemptsStore } from './external-sign-in/external-attempts.store.js';
import { ExternalIdentitiesController } from './external-sign-in/external-identities.controller.js';
import { ExternalIdentitiesService } from './external-sign-in/external-identities.service.js';
import { ExternalIdentitiesStore } from './external-sign-in/external-identities.store.js';
import { ExternalSignInController } from './external-sign-in/external-sign-in.controller.js';
import { ExternalSignInService } from './external-sign-in/external-sign-in.service.js';
import { OpenIdProviders } from './external-sign-in/open-id-providers.js';
import { WaysToSignIn } from './external-sign-in/ways-to-sign-in.js';
import { Jobs } from './jobs.js';
import { KeyOperationsController } from './keys/key-operations.controller.js';
import { KeyRotation } from './keys/key-rotation.service.js';
import { KeyRingsStore } from './keys/key-rings.store.js';
import { KeysController } from './keys/keys.controller.js';
import { SigningKeySecrets } from './keys/signing-key-secrets.js';
import { SigningKeys } from './keys/signing-keys.js';
import { PasskeyChallengesStore } from './passkeys/passkey-challenges.store.js';
import { PasskeysController } from './passkeys/passkeys.controller.js';
import { PasskeysService } from './passkeys/passkeys.service.js';
import { PasskeysStore } from './passkeys/passkeys.store.js';
import { WebAuthn } from './passkeys/web-authn.js';
import { BreachedPasswords } from './passwords/breached-passwords.js';
import { PasswordChangeService } from './passwords/password-change.service.js';
import { PasswordHasher } from './passwords/password-hasher.js';
import { PasswordProof } from './passwords/password-proof.js';
import { PasswordRules } from './passwords/password-rules.js';
import { PasswordsController } from './passwords/passwords.controller.js';
import { IdentityPersonalData } from './personal-data.js';
import { AvatarImages } from './profile/avatar-images.js';
import { ProfileController } from './profile/profile.controller.js';
import { ProfileService } from './profile/profile.service.js';
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
import { StepUpController } from './sessions/step-up.controller.js';
import { StepUpService } from './sessions/step-up.service.js';
import { AuthenticatorSecrets } from './two-factor/authenticator-secrets.js';
import { Authenticator } from './two-factor/authenticator.js';
import { CodeProof } from './two-factor/code-proof.js';
import { SignInChallengesStore } from './two-factor/sign-in-challenges.store.js';
import { TwoFactorSignInService } from './two-factor/two-factor-sign-in.service.js';
import { TwoFactorController } from './two-factor/two-factor.controller.js';
import { TwoFactorService } from './two-factor/two-factor.service.js';
import { TwoFactorStore } from './two-factor/two-factor.store.js';

export const identity = defineService({
  name: 'identity',
  description: 'Accounts, sessions and roles; signs the access tokens that every service believes.',
  config: Config,
  keyVariable: 'KEY_ENCRYPTION_KEY',
  controllers: [
    AccountsController,
    SessionsController,
    KeysController,
    KeyOperationsController,
    EndedSessionsController,
    VerifyEmailController,
    PasswordsController,
    EmailChangeController,
    EmailChangePagesController,
    ProfileController,
    RecoveryController,
    ResetPasswordController,
    StepUpController,
    TwoFactorController,
    PasskeysController,
    ApiKeysController,
    ExportsController,
    ErasuresController,
    ReceiptController,
    ConsentsController,
    ExternalSignInController,
    ExternalIdentitiesController,
    AdministrationController,
    AuditController,
  ],
  providers: [
    AccountsStore,
    SessionsStore,
    AttemptsStore,
    SecretsAtRest,
    KeyRingsStore,
    SigningKeys,
    KeyRotation,
    SigningKeySecrets,
    AuthenticatorSecrets,
    PersonalKeyWrappings,
    KeyEncryption,
    { provide: VerificationKeys, useExisting: SigningKeys },
    OwnEndedSessions,
    { provide: EndedSessionsFeed, useExisting: OwnEndedSessions },
    EndedSessionsRelay,
    PasswordHasher,
    PasswordProof,
    BreachedPasswords,
    PasswordRules,
    PasswordChangeService,
    EmailChangesStore,
    EmailChangeService,
    AvatarImages,
    ProfileService,
    RecoveriesStore,
    RecoveryService,
    ProofTokens,
    RegistrationService,
    AccessTokens,
    SessionsService,
    StepUpService,
    TwoFactorStore,
    Authenticator,
    CodeProof,
    SignInChallengesStore,
    TwoFactorSignInService,
    TwoFactorService,
    PasskeysStore,
    PasskeyChallengesStore,
    WebAuthn,
    PasskeysService,
    ApiKeysStore,
    ApiKeysService,
    OpenIdProviders,
    ExternalAttemptsStore,
    ExternalIdentitiesStore,
    WaysToSignIn,
    ExternalIdentitiesService,
    ExternalSignInService,
    FirstAdmin,
    ConsentsStore,
    ConsentsService,
    DataExportsStore,
    ExportPartsStore,
    ExportCipher,
    ExportsService,
    ErasuresStore,
    ReceiptTokens,
    ErasuresService,
    ErasureMetrics,
    AdministratorsStore,
    AdministrationService,
    Pseudonyms,
    AuditEntriesStore,
    AuditCheckpointsStore,
    CheckpointKey,
    AuditLog,
    AuditVerificationService,
    AuditMetrics,
    AuditCheckpoints,
    AuditExport,
    Cleanup,
    InactivityReminders,
    Jobs,
  ],
  jobs: Jobs,
  reactions: Reactions,
  publishes: [
    userRegistered,
    verificationRequested,
    registrationRepeated,
    emailVerified,
    sessionCompromised,
    passwordResetRequested,
    passwordChanged,
    emailChangeRequested,
    emailChangeAnnounced,
    emailChanged,
    profileChanged,
    twoFactorEnabled,
    twoFactorDisabled,
    twoFactorReset,
    recoveryCodeUsed,
    passkeyAdded,
    passkeyRemoved,
    passkeySuspected,
    apiKeyCreated,
    apiKeyRevoked,
    apiKeyExpiryDue,
    apiKeyExpiring,
    dataExportRequested,
    dataExportOverdue,
    dataExportReady,
    dataExportExpired,
    erasureScheduled,
    erasureCancelled,
    erasureDue,
    erasureUnanswered,
    userErased,
    consentChanged,
    externalIdentityLinked,
    externalIdentityUnlinked,
    accountSuspended,
    suspensionOver,
    accountReinstated,
    rolesChanged,
    signedOutByAdmin,
    sessionOpened,
    sessionProvenAgain,
    sessionEnded,
    signInSlowedDown,
    recoveryCodesRenewed,
    signingKeysRotated,
    newDeviceSignedIn,
    userInactive,
  ],
  refusals,
  stateful: true,
  personalData: IdentityPersonalData,
  remoteKeys: false,
});
