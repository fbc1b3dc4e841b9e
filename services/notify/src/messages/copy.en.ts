import type { Copy } from './copy.js';

const course = '{{ publicUrl }}/courses/{{ courseId }}';
const certificate = '{{ publicUrl }}/verify/{{ code }}';

export const english: Copy = {
  greeting: 'Hello {{ firstName }},',
  greetingNameless: 'Hello,',
  footer: 'You get this mail because of your account at Lyceum. Answers to this address are not read.',
  linkHint: 'If the button does not work, open this address:',
  mails: {
    'verify-address': {
      subject: 'Verify your e-mail address',
      heading: 'Verify your e-mail address',
      lines: ['Welcome to Lyceum. One click and your account is ready.'],
      action: { label: 'Verify my address', url: '{{ publicUrl }}/verify-email?token={{ token | url_encode }}' },
      note: 'The link works once, until {{ expiresAt }}. If you have not registered, do nothing: without the link the account stays unusable.',
    },
    'registration-repeated': {
      subject: 'Somebody tried to register with your address',
      heading: 'You already have an account',
      lines: [
        'On {{ at }} somebody tried to register an account with your e-mail address. It already has one, so nothing was changed.',
        'If that was you, simply sign in.',
      ],
      note: 'If it was not you, there is nothing to do: nobody learns whether an address has an account.',
    },
    'session-compromised': {
      subject: 'We ended one of your sessions for your safety',
      heading: 'One of your sessions was ended',
      lines: [
        'On {{ at }} a sign-in key of one of your sessions was used a second time. That can mean that somebody has copied it, so we have ended the whole session.',
        'Please sign in again, and look through your other sessions.',
      ],
      note: 'If you notice a session that is not yours, end it and change your password.',
    },
    'confirm-new-address': {
      subject: 'Confirm your new e-mail address',
      heading: 'Confirm your new e-mail address',
      lines: ['You want to use this address at Lyceum from now on. One click, and it is yours.'],
      action: { label: 'Use this address', url: '{{ publicUrl }}/email-change/confirm?token={{ token | url_encode }}' },
      note: 'The link works once, until {{ expiresAt }}. If you have no account at Lyceum, do nothing.',
    },
    'address-change-announced': {
      subject: 'Your e-mail address is about to be changed',
      heading: 'Your e-mail address is about to be changed',
      lines: [
        'On {{ at }} somebody who is signed in to your account asked to use {{ newEmail }} instead of this address.',
        'If that was you, there is nothing to do here: a mail to the new address says how to go on.',
      ],
      action: { label: 'Stop it', url: '{{ publicUrl }}/email-change/stop?token={{ token | url_encode }}' },
      note: 'If it was not you, stop it before the new address is confirmed. Everybody is signed out by that; then choose a new password. The link works until {{ expiresAt }}.',
    },
    'address-changed': {
      subject: 'Your e-mail address was changed',
      heading: 'Your e-mail address was changed',
      lines: ['Since {{ at }} your account has the address {{ newEmail }}. We write to this one for the last time.'],
      note: 'If it was not you, tell our support at once, and secure your mailbox.',
    },
    'reset-password': {
      subject: 'Choose a new password',
      heading: 'Choose a new password',
      lines: ['Somebody, probably you, has asked for a new password for your account.'],
      action: { label: 'Choose a new password', url: '{{ publicUrl }}/reset-password?token={{ token | url_encode }}' },
      note: 'The link works once, until {{ expiresAt }}. If it was not you, do nothing: without the link your password stays as it is.',
    },
    'password-changed': {
      subject: 'Your password was changed',
      heading: 'Your password was changed',
      lines: [
        'On {{ at }} your password was changed{% if how == "reset" %}, by a link that we had sent to this address{% endif %}. You have been signed out {% if how == "reset" %}everywhere{% else %}everywhere else{% endif %}.',
      ],
      note: 'If it was not you, somebody else can read your mail or knew your password: secure your mailbox first, then choose a new password by “forgotten password”.',
    },
    'two-factor-on': {
      subject: 'Two-factor sign-in is on',
      heading: 'Two-factor sign-in is on',
      lines: [
        'Since {{ at }} signing in to your account takes a code of your authenticator app beside the password.',
        'Keep the recovery codes in a safe place: each of them works once when the app is not at hand.',
      ],
      note: 'If it was not you, change your password at once and write to us.',
    },
    'two-factor-off': {
      subject: 'Two-factor sign-in is off',
      heading: 'Two-factor sign-in is off',
      lines: ['On {{ at }} two-factor sign-in was turned off. Your password alone is enough to sign in now.'],
      note: 'If it was not you, change your password, end your other sessions and turn it on again.',
    },
    'two-factor-reset': {
      subject: 'An administrator has turned your two-factor sign-in off',
      heading: 'Your two-factor sign-in was reset',
      lines: [
        'On {{ at }} an administrator turned two-factor sign-in off, so that you can sign in without your authenticator app.',
        'Please sign in and turn it on again.',
      ],
      note: 'If you did not ask for that, change your password and write to us.',
    },
    'account-suspended': {
      subject: 'Your account is suspended',
      heading: 'Your account is suspended',
      lines: [
        'On {{ at }} an administrator suspended your account{% if until %} until {{ until }}{% endif %}. Nobody can sign in to it, and you have been signed out everywhere.',
        'Your courses and certificates are kept.',
      ],
      note: 'If you think that this is a mistake, or want to know the reason, write to us.',
    },
    'account-reinstated': {
      subject: 'Your account is open again',
      heading: 'Your account is open again',
      lines: ['Since {{ at }} your account is no longer suspended. You can sign in as before.'],
    },
    'roles-changed': {
      subject: 'You may do other things with your account',
      heading: 'Your roles were changed',
      lines: [
        'On {{ at }} an administrator changed what you may do with your account. Your roles are now: {{ roles }}.',
        'You have been signed out everywhere; what is new holds when you have signed in again.',
      ],
      note: 'If you do not know why, write to us.',
    },
    'signed-out-by-admin': {
      subject: 'You have been signed out everywhere',
      heading: 'You have been signed out everywhere',
      lines: ['On {{ at }} an administrator ended all sessions of your account. You can sign in again.'],
      note: 'If you did not ask for that, choose a new password when you sign in, and write to us if you want to know the reason.',
    },
    'passkey-added': {
      subject: 'A passkey was added to your account',
      heading: 'A passkey was added',
      lines: ['Since {{ at }} the passkey “{{ name }}” can sign in to your account without a password.'],
      note: 'If it was not you, remove it in your profile, change your password and end your other sessions.',
    },
    'passkey-removed': {
      subject: 'A passkey was removed from your account',
      heading: 'A passkey was removed',
      lines: ['On {{ at }} the passkey “{{ name }}” was removed. It cannot sign in to your account any more.'],
      note: 'If it was not you, change your password and end your other sessions.',
    },
    'passkey-suspected': {
      subject: 'There may be a copy of one of your passkeys',
      heading: 'We refused a sign-in by passkey',
      lines: [
        'On {{ at }} the passkey “{{ name }}” was used in a way that can mean that somebody has a copy of it. We have refused that sign-in.',
        'Please remove this passkey in your profile and add a new one.',
      ],
      note: 'Look through your sessions, too, and end those that are not yours.',
    },
    'api-key-created': {
      subject: 'An API key was made for your account',
      heading: 'An API key was made',
      lines: ['Since {{ at }} programs that have the API key “{{ name }}” can act for you at Lyceum.'],
      facts: [
        ['What it opens', '{{ scopes }}'],
        ['Expires', '{{ expiresAt }}'],
      ],
      note: 'If it was not you, sign in and revoke it, change your password and end your other sessions.',
    },
    'api-key-expiring': {
      subject: 'Your API key “{{ name }}” expires soon',
      heading: 'An API key expires soon',
      lines: [
        'The API key “{{ name }}” is refused from {{ expiresAt }} on.',
        'If a program still needs it, make a new key and give it that one before.',
      ],
    },
    'external-identity-linked': {
      subject: 'You can sign in with {{ provider }} now',
      heading: '{{ provider }} is linked to your account',
      lines: ['Since {{ at }} an account at {{ provider }} can sign in to your Lyceum account.'],
      note: 'If it was not you, remove it in your profile, set a new password and end your other sessions.',
    },
    'external-identity-unlinked': {
      subject: '{{ provider }} was unlinked from your account',
      heading: '{{ provider }} is linked no more',
      lines: [
        'On {{ at }} an account at {{ provider }} was unlinked. It cannot sign in to your Lyceum account any more.',
      ],
      note: 'If it was not you, set a new password and end your other sessions.',
    },
    'recovery-code-used': {
      subject: 'A recovery code was used',
      heading: 'A recovery code was used',
      lines: [
        'On {{ at }} one of your recovery codes was used in place of a code of your authenticator app.',
        'Recovery codes left: {{ codesLeft }}. You can have new ones made in your profile.',
      ],
      note: 'If it was not you, change your password, end your other sessions and have new codes made.',
    },
    'data-export-ready': {
      subject: 'Your data are ready',
      heading: 'Everything that we hold about you is ready',
      lines: [
        'You asked for a copy of your data. Sign in and fetch it under “Your data”; it is there until {{ expiresAt }}.',
        '{% if missing.size > 0 %}Some parts have not come in time: {{ missing | join: ", " }}. Ask again later for those.{% else %}It is complete.{% endif %}',
      ],
      note: 'If it was not you who asked, change your password and end your other sessions: nobody but you can fetch it without signing in again.',
    },
    'erasure-scheduled': {
      subject: 'Your account will be erased on {{ dueAt }}',
      heading: 'Your account will be erased',
      lines: [
        'On {{ at }} {% if by == "owner" %}you asked us{% else %}an administrator was asked{% endif %} to erase your account and everything that we hold about you. You have been signed out everywhere.',
        'It happens on {{ dueAt }}. Until then you can sign in as ever and stop it in your profile.',
      ],
      note: 'If it was not you, sign in, stop it and change your password.',
    },
    'erasure-cancelled': {
      subject: 'Your account stays',
      heading: 'Your account stays',
      lines: ['On {{ at }} the erasure of your account was stopped. Everything is as it was.'],
      note: 'If it was not you, change your password and end your other sessions.',
    },
    'account-erased': {
      subject: 'Your account has been erased',
      heading: 'Goodbye',
      lines: [
        'On {{ at }} your account was erased, and every part of the platform is forgetting you now. This is our last mail to you.',
        'The page behind the button shows what each part has erased, what it must keep, and why. It tells nobody who you were.',
      ],
      action: { label: 'See the receipt', url: '{{ publicUrl }}/erasure-receipt?token={{ token | url_encode }}' },
      note: 'You may register again with this address at any time; it will be a new account.',
    },
    'new-device': {
      subject: 'Somebody has signed in to your account from a new device',
      heading: 'A sign-in from somewhere new',
      lines: [
        'On {{ at }} somebody signed in to your account from a device or a network that we had not seen you use lately: {% if browser %}{{ browser }}{% else %}a program that we do not know{% endif %}{% if system %} on {{ system }}{% endif %}.',
        'If that was you, there is nothing to do.',
      ],
      note: 'If it was not you, somebody knows your password: choose a new one at once, by “forgot password” if need be, which signs everybody else out. Then turn two-factor sign-in on.',
    },
    'recovery-codes-renewed': {
      subject: 'You have new recovery codes',
      heading: 'Your recovery codes were replaced',
      lines: ['On {{ at }} new recovery codes were made for your account. The ones from before no longer work.'],
      note: 'If this was not you, change your password, end your other sessions and have new codes made.',
    },
    'long-away': {
      subject: 'Your courses are still here',
      heading: 'It has been a while',
      lines: [
        'You were last here on {{ at }}. Everything that you have begun is still where you left it.',
        'Even ten minutes bring you a step further.',
      ],
      action: { label: 'Go on learning', url: '{{ publicUrl }}/' },
      note: 'This is the only reminder: unless you come back, we do not write to you about it again. If you do not want an account any more, you can close it in your profile.',
    },
    'payment-received': {
      subject: 'Payment received: {{ courseTitle }}',
      heading: 'Thank you, your payment has arrived',
      lines: ['This is your receipt.'],
      facts: [
        ['Course', '{{ courseTitle }}'],
        ['Amount', '{{ amount }}'],
        ['Date', '{{ at }}'],
        ['Payment', '{{ paymentId }}'],
      ],
    },
    'payment-declined': {
      subject: 'Payment declined: {{ courseTitle }}',
      heading: 'Your payment was declined',
      lines: [
        'Your bank has declined the payment for “{{ courseTitle }}”. Nothing was charged.',
        'You can try again, also with another card, while the pay page is open, or check out once more.',
      ],
      facts: [
        ['Reason', '{{ reason }}'],
        ['Date', '{{ at }}'],
      ],
    },
    'payment-refunded': {
      subject: 'Refund: {{ amount }} for {{ courseTitle }}',
      heading: 'Your refund is on its way',
      lines: [
        '{% if full %}Your payment goes back to you in full.{% else %}A part of your payment goes back to you.{% endif %} It takes a few days until your bank shows it.',
      ],
      facts: [
        ['Course', '{{ courseTitle }}'],
        ['Refunded in total', '{{ amount }}'],
        ['Date', '{{ at }}'],
        ['Payment', '{{ paymentId }}'],
      ],
    },
    'enrolment-active': {
      subject: 'You are enrolled: {{ courseTitle }}',
      heading: 'You are enrolled',
      lines: ['“{{ courseTitle }}” is yours from now on. We wish you joy in learning.'],
    },
    'enrolment-ended': {
      subject: 'Your enrolment has ended: {{ courseTitle }}',
      heading: 'Your enrolment has ended',
      lines: [
        'You no longer have access to “{{ courseTitle }}”{% case reason %}{% when "refunded" %}, because its payment was refunded{% when "expired" %}, because its time is over{% when "cancelled" %}, because it was cancelled{% endcase %}.',
        'Your progress is kept, and certificates that you have earned stay valid.',
      ],
    },
    'learning-not-begun': {
      subject: 'Your course is waiting: {{ courseTitle }}',
      heading: 'Shall we begin?',
      lines: [
        'Since {{ at }} “{{ courseTitle }}” is yours, and the first lecture is still ahead of you.',
        'A few minutes are enough for a start.',
      ],
      action: { label: 'Open the course', url: course },
      note: 'We remind you of a course only once.',
    },
    'certificate-issued': {
      subject: 'Your certificate: {{ courseTitle }}',
      heading: 'Congratulations!',
      lines: [
        'You have completed “{{ courseTitle }}”, and your certificate is ready.',
        'Anybody to whom you give the address below can verify it.',
      ],
      facts: [
        ['Course', '{{ courseTitle }}'],
        ['Issued', '{{ at }}'],
        ['Code', '{{ code }}'],
      ],
      action: { label: 'See my certificate', url: certificate },
    },
  },
  inApp: {
    'payment-received': {
      title: 'Payment received',
      body: 'Your payment of {{ amount }} for “{{ courseTitle }}” has arrived.',
      link: '{{ publicUrl }}/payments/{{ paymentId }}',
    },
    'payment-declined': {
      title: 'Payment declined',
      body: 'Your payment for “{{ courseTitle }}” was declined. Nothing was charged.',
      link: course,
    },
    'payment-refunded': {
      title: 'Payment refunded',
      body: '{{ amount }} for “{{ courseTitle }}” goes back to you.',
      link: '{{ publicUrl }}/payments/{{ paymentId }}',
    },
    'enrolment-active': {
      title: 'You are enrolled',
      body: '“{{ courseTitle }}” is yours from now on.',
      link: course,
    },
    'enrolment-ended': {
      title: 'Your enrolment has ended',
      body: 'You no longer have access to “{{ courseTitle }}”.',
      link: course,
    },
    'learning-not-begun': {
      title: 'Your course is waiting',
      body: 'You have not begun “{{ courseTitle }}” yet. A few minutes are enough for a start.',
      link: course,
    },
    'course-completed': {
      title: 'Course completed',
      body: 'You have finished everything in “{{ courseTitle }}”.',
      link: course,
    },
    'certificate-issued': {
      title: 'Your certificate is ready',
      body: 'The certificate for “{{ courseTitle }}” can be verified by its code {{ code }}.',
      link: certificate,
    },
    'course-published': {
      title: '{% if edition == 1 %}Your course is live{% else %}Your new edition is live{% endif %}',
      body: '“{{ courseTitle }}” is published{% if edition > 1 %} in edition {{ edition }}{% endif %}.',
      link: course,
    },
    'learner-enrolled': {
      title: 'A new learner enrolled',
      body: 'Somebody has enrolled in your course “{{ courseTitle }}”.',
      link: course,
    },
    'media-rejected': {
      title: 'A file was rejected',
      body: '“{{ fileName }}” could not be used: {{ reason }}',
    },
  },
};
