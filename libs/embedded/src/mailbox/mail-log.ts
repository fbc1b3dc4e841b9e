import { type FileHandle, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Mail, mailSchema } from './mail.js';

/**
 * The mails of a mailbox in one append-only file, a JSON line each. A line counts once its line break is on disk:
 * what a crash tore off is cut away at the next start. `rewrite` keeps the file bounded.
 */
export class MailLog {
  private waiting: { line: string; done: () => void; failed: (error: unknown) => void }[] = [];
  private flushing: Promise<void> | undefined;

  private constructor(
    private readonly path: string,
    private file: FileHandle,
    public bytes: number,
  ) {}

  /** Opens or creates the file in a directory and reads what is in it, oldest first. A line that is no mail is left out. */
  static async open(directory: string): Promise<{ log: MailLog; mails: Mail[] }> {
    await mkdir(directory, { recursive: true });
    const path = join(directory, 'mails.jsonl');
    const content = await readFile(path).catch(() => Buffer.alloc(0));
    const whole = content.lastIndexOf(0x0a) + 1;
    const mails = content
      .toString('utf8', 0, whole)
      .split('\n')
      .flatMap((line) => readLine(line) ?? []);
    const file = await open(path, 'a');
    if (whole < content.length) await file.truncate(whole);
    return { log: new MailLog(path, file, whole), mails };
  }

  /** Resolves when the mail is on disk. Mails that arrive together share one flush. */
  append(mail: Mail): Promise<void> {
    return new Promise((done, failed) => {
      this.waiting.push({ line: `${JSON.stringify(mail)}\n`, done, failed });
      this.flushing ??= this.flush().finally(() => (this.flushing = undefined));
    });
  }

  /** Replaces the whole content, atomically. */
  async rewrite(mails: readonly Mail[]): Promise<void> {
    while (this.flushing) await this.flushing;
    const work = this.replace(mails);
    this.flushing = work.then(
      () => this.flush(),
      () => this.flush(),
    );
    this.flushing = this.flushing.finally(() => (this.flushing = undefined));
    await work;
  }

  async close(): Promise<void> {
    while (this.flushing) await this.flushing;
    await this.file.close();
  }

  private async flush() {
    while (this.waiting.length > 0) {
      const batch = this.waiting;
      this.waiting = [];
      const lines = batch.map(({ line }) => line).join('');
      try {
        await this.file.appendFile(lines);
        await this.file.sync();
        this.bytes += Buffer.byteLength(lines);
        for (const { done } of batch) done();
      } catch (error) {
        // half a line may be in the file now: cut it off, or the next one would be glued to it
        await this.file.truncate(this.bytes).catch(() => undefined);
        for (const { failed } of batch) failed(error);
      }
    }
  }

  private async replace(mails: readonly Mail[]) {
    const temporary = `${this.path}.new`;
    const next = await open(temporary, 'w');
    try {
      for (const mail of mails) await next.appendFile(`${JSON.stringify(mail)}\n`);
      await next.sync();
      this.bytes = (await next.stat()).size;
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    } finally {
      await next.close();
    }
    await this.file.close();
    await rename(temporary, this.path);
    this.file = await open(this.path, 'a');
  }
}

function readLine(line: string): Mail | undefined {
  if (!line) return undefined;
  try {
    return mailSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
