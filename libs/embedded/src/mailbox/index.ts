export type { EventWebhookOptions } from './event-webhook.js';
export type { MailFilter } from './inbox.js';
export type { Address, Mail } from './mail.js';
export { type Faults, type MailboxOptions, type RunningMailbox, startMailbox } from './mailbox-server.js';
