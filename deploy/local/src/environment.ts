import { join } from 'node:path';
import { type Secrets, keyVariableOf } from './secrets.js';
import { BUCKET_NAME, BUCKET_REGION, type StandIns } from './stand-ins.js';

export const serviceNames = ['catalog', 'billing', 'enrollment', 'progress', 'media', 'notify', 'identity'] as const;
export type ServiceName = (typeof serviceNames)[number];

const fonts = join(import.meta.dirname ?? __dirname, '../../../node_modules/dejavu-fonts-ttf/ttf');

export interface EnvironmentOptions {
  readonly secrets: Secrets;
  readonly standIns: StandIns;
  readonly publicUrl: string;
  readonly ports: Readonly<Record<ServiceName, number>>;
  readonly admin: { readonly email: string; readonly password: string };
}

/** The settings of all services for one machine; what a service does not know it does not read. */
export function environmentOf({
  secrets,
  standIns,
  publicUrl,
  ports,
  admin,
}: EnvironmentOptions): Record<string, string> {
  const url = (name: ServiceName) => `http://127.0.0.1:${ports[name]}`;
  return {
    PUBLIC_URL: publicUrl,
    JWT_ISSUER: publicUrl,
    JWKS_URL: `${url('identity')}/.well-known/jwks.json`,
    ...Object.fromEntries(serviceNames.map((name) => [`${name.toUpperCase()}_URL`, url(name)])),
    KEY_ENCRYPTION_KEY: secrets.keyEncryptionKey,
    ...Object.fromEntries(Object.entries(secrets.serviceKeys).map(([name, key]) => [keyVariableOf(name), key])),
    NOTIFY_SEALING_PUBLIC_KEY: secrets.sealingPublicKey,
    NOTIFY_SEALING_PRIVATE_KEY: secrets.sealingPrivateKey,
    ADMIN_EMAIL: admin.email,
    ADMIN_PASSWORD: admin.password,
    STRIPE_SECRET_KEY: secrets.stripeSecretKey,
    STRIPE_WEBHOOK_SECRETS: secrets.stripeWebhookSecret,
    STRIPE_API_URL: standIns.stripe.url,
    SENDGRID_API_KEY: secrets.mailApiKey,
    SENDGRID_API_URL: standIns.mailbox.url,
    MAIL_FROM: 'Lyceum <no-reply@lyceum.example>',
    CERTIFICATE_FONTS: join(fonts, 'DejaVuSerif-Bold.ttf'),
    S3_ENDPOINT: standIns.bucket.url,
    S3_REGION: BUCKET_REGION,
    S3_BUCKET: BUCKET_NAME,
    S3_ACCESS_KEY_ID: secrets.bucketAccessKeyId,
    S3_SECRET_ACCESS_KEY: secrets.bucketSecretAccessKey,
    S3_FORCE_PATH_STYLE: 'true',
    // one person and one machine: the limits that protect a public platform would only be in the way
    RATE_LIMIT_ADDRESS: '12000',
    RATE_LIMIT_ACCOUNT: '12000',
    RATE_LIMIT_SIGN_IN: '1200',
  };
}

/** What is off unless somebody turns it on, also on one's own machine. */
const CHOICES = ['OIDC_PROVIDERS', 'OIDC_RETURN_URLS', 'CORS_ORIGINS'];

/** Those that the environment of the whole platform has. */
export const chosenSettings = (env: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(CHOICES.flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
