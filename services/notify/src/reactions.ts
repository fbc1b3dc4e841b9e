import { On } from '@lyceum/bus';
import {
  type EventOf,
  apiKeyCreated,
  apiKeyExpiring,
  accountReinstated,
  accountSuspended,
  certificateIssued,
  courseCompleted,
  coursePublished,
  dataExportReady,
  emailChangeAnnounced,
  emailChangeRequested,
  emailChanged,
  emailVerified,
  enrollmentActivated,
  enrollmentEnded,
  erasureCancelled,
  erasureScheduled,
  learningNotBegun,
  mediaRejected,
  externalIdentityLinked,
  externalIdentityUnlinked,
  passkeyAdded,
  passkeyRemoved,
  passkeySuspected,
  passwordChanged,
  passwordResetRequested,
  paymentDeclined,
  paymentRefunded,
  paymentSucceeded,
  profileChanged,
  recoveryCodeUsed,
  registrationRepeated,
  rolesChanged,
  sessionCompromised,
  signedOutByAdmin,
  twoFactorDisabled,
  twoFactorEnabled,
  twoFactorReset,
  userRegistered,
  verificationRequested,
  newDeviceSignedIn,
  recoveryCodesRenewed,
  userInactive,
} from '@lyceum/contracts';
import { Controller } from '@nestjs/common';
import { Announcements } from './announcements.service.js';
import * as occasions from './messages/occasions.js';

/** Everything that notify does because of what happened elsewhere. */
@Controller()
export class Reactions {
  constructor(private readonly announcements: Announcements) {}

  @On(userRegistered) whenRegistered(event: EventOf<typeof userRegistered>) {
    return this.announcements.meet(event);
  }
  @On(profileChanged) whenProfileChanged(event: EventOf<typeof profileChanged>) {
    return this.announcements.renamed(event);
  }
  @On(emailVerified) whenVerified(event: EventOf<typeof emailVerified>) {
    return this.announcements.trustAddress(event);
  }
  @On(verificationRequested) whenVerificationRequested(event: EventOf<typeof verificationRequested>) {
    return this.announcements.announce(event, occasions.toVerify(event.data));
  }
  @On(registrationRepeated) whenRegistrationRepeated(event: EventOf<typeof registrationRepeated>) {
    return this.announcements.announce(event, occasions.registeredAgain(event.data));
  }
  @On(sessionCompromised) whenSessionCompromised(event: EventOf<typeof sessionCompromised>) {
    return this.announcements.announce(event, occasions.compromised(event.data));
  }
  @On(emailChangeRequested) whenEmailChangeRequested(event: EventOf<typeof emailChangeRequested>) {
    return this.announcements.announce(event, occasions.toConfirmAddress(event.data));
  }
  @On(emailChangeAnnounced) whenEmailChangeAnnounced(event: EventOf<typeof emailChangeAnnounced>) {
    return this.announcements.announce(event, occasions.addressToChange(event.data));
  }
  @On(emailChanged) whenEmailChanged(event: EventOf<typeof emailChanged>) {
    return this.announcements.move(event);
  }
  @On(passwordResetRequested) whenResetRequested(event: EventOf<typeof passwordResetRequested>) {
    return this.announcements.announce(event, occasions.toReset(event.data));
  }
  @On(passwordChanged) whenPasswordChanged(event: EventOf<typeof passwordChanged>) {
    return this.announcements.announce(event, occasions.passwordIsNew(event.data));
  }
  @On(twoFactorEnabled) whenTwoFactorEnabled(event: EventOf<typeof twoFactorEnabled>) {
    return this.announcements.announce(event, occasions.twoFactorOn(event.data));
  }
  @On(twoFactorDisabled) whenTwoFactorDisabled(event: EventOf<typeof twoFactorDisabled>) {
    return this.announcements.announce(event, occasions.twoFactorOff(event.data));
  }
  @On(twoFactorReset) whenTwoFactorReset(event: EventOf<typeof twoFactorReset>) {
    return this.announcements.announce(event, occasions.twoFactorTakenAway(event.data));
  }
  @On(accountSuspended) whenSuspended(event: EventOf<typeof accountSuspended>) {
    return this.announcements.announce(event, occasions.suspended(event.data));
  }
  @On(accountReinstated) whenReinstated(event: EventOf<typeof accountReinstated>) {
    return this.announcements.announce(event, occasions.reinstated(event.data));
  }
  @On(rolesChanged) whenRolesChanged(event: EventOf<typeof rolesChanged>) {
    return this.announcements.announce(event, occasions.rolesAreNew(event.data));
  }
  @On(signedOutByAdmin) whenSignedOutByAdmin(event: EventOf<typeof signedOutByAdmin>) {
    return this.announcements.announce(event, occasions.signedOut(event.data));
  }
  @On(recoveryCodeUsed) whenRecoveryCodeUsed(event: EventOf<typeof recoveryCodeUsed>) {
    return this.announcements.announce(event, occasions.recoveredByCode(event.data));
  }
  @On(passkeyAdded) whenPasskeyAdded(event: EventOf<typeof passkeyAdded>) {
    return this.announcements.announce(event, occasions.passkeyIsNew(event.data));
  }
  @On(passkeyRemoved) whenPasskeyRemoved(event: EventOf<typeof passkeyRemoved>) {
    return this.announcements.announce(event, occasions.passkeyIsGone(event.data));
  }
  @On(passkeySuspected) whenPasskeySuspected(event: EventOf<typeof passkeySuspected>) {
    return this.announcements.announce(event, occasions.passkeyMayBeCopied(event.data));
  }
  @On(apiKeyCreated) whenApiKeyCreated(event: EventOf<typeof apiKeyCreated>) {
    return this.announcements.announce(event, occasions.apiKeyIsNew(event.data));
  }
  @On(apiKeyExpiring) whenApiKeyExpiring(event: EventOf<typeof apiKeyExpiring>) {
    return this.announcements.announce(event, occasions.apiKeyExpires(event.data));
  }
  @On(dataExportReady) whenDataAreReady(event: EventOf<typeof dataExportReady>) {
    return this.announcements.announce(event, occasions.dataAreReady(event.data));
  }
  @On(erasureScheduled) whenErasureScheduled(event: EventOf<typeof erasureScheduled>) {
    return this.announcements.announce(event, occasions.accountToBeErased(event.data));
  }
  @On(erasureCancelled) whenErasureCancelled(event: EventOf<typeof erasureCancelled>) {
    return this.announcements.announce(event, occasions.accountStays(event.data));
  }
  @On(externalIdentityLinked) whenProviderLinked(event: EventOf<typeof externalIdentityLinked>) {
    return this.announcements.announce(event, occasions.providerLinked(event.data));
  }
  @On(externalIdentityUnlinked) whenProviderUnlinked(event: EventOf<typeof externalIdentityUnlinked>) {
    return this.announcements.announce(event, occasions.providerUnlinked(event.data));
  }
  @On(newDeviceSignedIn) whenNewDevice(event: EventOf<typeof newDeviceSignedIn>) {
    return this.announcements.announce(event, occasions.deviceIsNew(event.data));
  }
  @On(recoveryCodesRenewed) whenCodesRenewed(event: EventOf<typeof recoveryCodesRenewed>) {
    return this.announcements.announce(event, occasions.codesAreNew(event.data));
  }
  @On(userInactive) whenInactive(event: EventOf<typeof userInactive>) {
    return this.announcements.announce(event, occasions.longAway(event.data));
  }
  @On(paymentSucceeded) whenPaid(event: EventOf<typeof paymentSucceeded>) {
    return this.announcements.announce(event, occasions.paid(event.data));
  }
  @On(paymentDeclined) whenDeclined(event: EventOf<typeof paymentDeclined>) {
    return this.announcements.announce(event, occasions.declined(event.data));
  }
  @On(paymentRefunded) whenRefunded(event: EventOf<typeof paymentRefunded>) {
    return this.announcements.announce(event, occasions.refunded(event.data));
  }
  @On(enrollmentActivated) whenEnrolled(event: EventOf<typeof enrollmentActivated>) {
    return this.announcements.announce(event, occasions.enrolled(event.data));
  }
  @On(enrollmentEnded) whenEnrolmentEnded(event: EventOf<typeof enrollmentEnded>) {
    return this.announcements.announce(event, occasions.ended(event.data));
  }
  @On(learningNotBegun) whenNotBegun(event: EventOf<typeof learningNotBegun>) {
    return this.announcements.announce(event, occasions.notBegun(event.data));
  }
  @On(courseCompleted) whenCompleted(event: EventOf<typeof courseCompleted>) {
    return this.announcements.announce(event, occasions.completed(event.data));
  }
  @On(certificateIssued) whenCertified(event: EventOf<typeof certificateIssued>) {
    return this.announcements.announce(event, occasions.certified(event.data));
  }
  @On(coursePublished) whenPublished(event: EventOf<typeof coursePublished>) {
    return this.announcements.publish(event);
  }
  @On(mediaRejected) whenMediaRejected(event: EventOf<typeof mediaRejected>) {
    return this.announcements.announce(event, occasions.rejected(event.data));
  }
}
