import { type Mail, isFor } from './mail.js';
import { MailLog } from './mail-log.js';

export interface MailFilter {
  /** an address among to, cc or bcc, in any case */
  to?: string | undefined;
  /** the whole subject, or a pattern in it */
  subject?: string | RegExp | undefined;
}

/** The mails that a mailbox keeps: the newest within a number and an amount of bytes, in memory and, with a log, on disk. */
export class Inbox {
  private mails: Mail[] = [];
  private bytes = 0;
  private readonly watchers = new Set<(mail: Mail) => void>();

  private constructor(
    private readonly log: MailLog | undefined,
    private readonly keep: { mails: number; bytes: number },
  ) {}

  static async open(directory: string | undefined, keep: { mails: number; bytes: number }): Promise<Inbox> {
    if (directory === undefined) return new Inbox(undefined, keep);
    const { log, mails } = await MailLog.open(directory);
    const inbox = new Inbox(log, keep);
    // a rewrite may have written a mail that was appended once more right after it
    for (const mail of new Map(mails.map((each) => [each.id, each])).values()) inbox.hold(mail);
    return inbox;
  }

  /** Resolves when the mails would survive a crash. */
  async add(mails: readonly Mail[]): Promise<void> {
    // Held before they are logged, so that a rewrite of the log at this moment cannot miss them.
    for (const mail of mails) this.hold(mail);
    const { log } = this;
    if (log) {
      try {
        await Promise.all(mails.map((mail) => log.append(mail)));
      } catch (error) {
        for (const mail of mails) this.drop(mail);
        throw error;
      }
    }
    for (const mail of mails) for (const watcher of this.watchers) watcher(mail);
    if (log && log.bytes > 2 * this.keep.bytes) await log.rewrite([...this.mails]);
  }

  /** Newest first. */
  list(filter: MailFilter = {}): Mail[] {
    return this.mails.filter((mail) => matches(mail, filter)).toReversed();
  }

  find(id: string): Mail | undefined {
    return this.mails.find((mail) => mail.id === id);
  }

  /** The newest mail that fits, or the next one that will. @throws Error after `timeoutMs`, saying what there was instead. */
  waitFor(filter: MailFilter, timeoutMs: number): Promise<Mail> {
    const present = this.list(filter)[0];
    if (present) return Promise.resolve(present);
    return new Promise((resolve, reject) => {
      const end = setTimeout(() => {
        this.watchers.delete(watcher);
        const seen = this.list().map((mail) => `"${mail.subject}" to ${mail.to.map((a) => a.email).join(', ')}`);
        reject(
          new Error(
            `No mail with ${describe(filter)} came within ${timeoutMs} ms; the mailbox has ${seen.slice(0, 10).join('; ') || 'none'}`,
          ),
        );
      }, timeoutMs);
      const watcher = (mail: Mail) => {
        if (!matches(mail, filter)) return;
        clearTimeout(end);
        this.watchers.delete(watcher);
        resolve(mail);
      };
      this.watchers.add(watcher);
    });
  }

  async clear(): Promise<void> {
    this.mails = [];
    this.bytes = 0;
    await this.log?.rewrite([]);
  }

  async close(): Promise<void> {
    await this.log?.close();
  }

  private hold(mail: Mail) {
    this.mails.push(mail);
    this.bytes += weight(mail);
    while (this.mails.length > 1 && (this.mails.length > this.keep.mails || this.bytes > this.keep.bytes)) {
      const [oldest] = this.mails;
      if (oldest) this.drop(oldest);
    }
  }

  private drop(mail: Mail) {
    const at = this.mails.indexOf(mail);
    if (at === -1) return;
    this.mails.splice(at, 1);
    this.bytes -= weight(mail);
  }
}

const weight = (mail: Mail) =>
  1024 +
  (mail.text?.length ?? 0) +
  (mail.html?.length ?? 0) +
  mail.attachments.reduce((sum, attachment) => sum + attachment.content.length, 0);

const matches = (mail: Mail, { to, subject }: MailFilter) =>
  (to === undefined || isFor(mail, to)) &&
  (subject === undefined ||
    (typeof subject === 'string' ? mail.subject === subject : new RegExp(subject).test(mail.subject)));

const describe = ({ to, subject }: MailFilter) =>
  [to && `the address ${to}`, subject && `the subject ${String(subject)}`].filter(Boolean).join(' and ') ||
  'anything in it';
