import { join } from 'node:path';
import { type RunningBucket, startBucket } from '@lyceum/embedded/bucket';
import { type RunningMailbox, startMailbox } from '@lyceum/embedded/mailbox';
import { type StripeSimulator, startStripe } from '@lyceum/embedded/stripe';
import type { Secrets } from './secrets.js';

/** The services' outside world: payments, mail and storage, by the providers' own protocols. */
export interface StandIns {
  readonly stripe: StripeSimulator;
  readonly mailbox: RunningMailbox;
  readonly bucket: RunningBucket;
  close(): Promise<void>;
}

export interface StandInOptions {
  readonly secrets: Secrets;
  /** Where they keep what they are given; in memory or temporary without it. */
  readonly dataDir?: string | undefined;
  readonly ports: { readonly mailbox: number; readonly stripe: number; readonly bucket: number };
  /** The edge, as the payment provider reaches it. */
  readonly publicUrl: string;
  /** How many mails the mailbox keeps, if not the usual thousand. */
  readonly keepMails?: number;
  /** Told of what went wrong inside of them; on the console without it. */
  readonly onFailure?: (error: unknown) => void;
}

export const BUCKET_NAME = 'lyceum';
export const BUCKET_REGION = 'eu-central-1';

export async function startStandIns(options: StandInOptions): Promise<StandIns> {
  const { secrets, dataDir, ports, publicUrl } = options;
  const telling = options.onFailure ? { onFailure: options.onFailure } : {};
  const started: { close(): Promise<void> }[] = [];
  const close = async () => {
    for (const each of started.splice(0).toReversed()) await each.close();
  };
  const inDir = (name: string) => (dataDir ? { dataDir: join(dataDir, name) } : {});
  try {
    const stripe = await startStripe({
      ...inDir('stripe'),
      port: ports.stripe,
      secretKey: secrets.stripeSecretKey,
      webhookSecret: secrets.stripeWebhookSecret,
      webhookUrl: `${publicUrl}/webhooks/stripe`,
    });
    started.push(stripe);
    const mailbox = await startMailbox({
      ...telling,
      ...inDir('mailbox'),
      port: ports.mailbox,
      apiKey: secrets.mailApiKey,
      ...(options.keepMails ? { keep: { mails: options.keepMails, bytes: 512 * 1024 * 1024 } } : {}),
    });
    started.push(mailbox);
    const bucket = await startBucket({
      ...telling,
      ...inDir('bucket'),
      port: ports.bucket,
      buckets: [BUCKET_NAME],
      region: BUCKET_REGION,
      accessKeyId: secrets.bucketAccessKeyId,
      secretAccessKey: secrets.bucketSecretAccessKey,
      corsOrigins: ['*'],
    });
    started.push(bucket);
    return { stripe, mailbox, bucket, close };
  } catch (error) {
    await close();
    throw error;
  }
}
