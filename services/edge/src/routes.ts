import type { Config } from './config.js';

export const services = ['identity', 'catalog', 'billing', 'enrollment', 'progress', 'media', 'notify'] as const;
export type Service = (typeof services)[number];

/** Beginning of the path -> the service that owns it. What is not here cannot be reached from outside. */
export const routeTable: Readonly<Record<string, Service>> = {
  '/auth': 'identity',
  '/me': 'identity',
  '/verify-email': 'identity',
  '/users': 'identity',
  '/audit': 'identity',
  '/reset-password': 'identity',
  '/email-change': 'identity',
  '/erasures': 'identity',
  '/erasure-receipt': 'identity',
  '/.well-known/jwks.json': 'identity',
  '/courses': 'catalog',
  '/checkout': 'billing',
  '/payments': 'billing',
  '/webhooks/stripe': 'billing',
  '/enrollments': 'enrollment',
  '/access': 'enrollment',
  '/quizzes': 'progress',
  '/attempts': 'progress',
  '/progress': 'progress',
  '/certificates': 'progress',
  '/verify': 'progress',
  '/analytics': 'progress',
  '/media': 'media',
  '/notifications': 'notify',
  ...(Object.fromEntries(services.map((service) => [`/operations/${service}`, service])) as Record<string, Service>),
};

/** Whether a path can be reached from outside: services have some for each other. */
export const isRouted = (path: string): boolean =>
  Object.keys(routeTable).some((prefix) => path === prefix || path.startsWith(`${prefix}/`));

/** The base URL of a service, without a slash at its end. */
export function upstreamOf(service: Service, config: Config): string {
  const urls: Record<Service, string> = {
    identity: config.IDENTITY_URL,
    catalog: config.CATALOG_URL,
    billing: config.BILLING_URL,
    enrollment: config.ENROLLMENT_URL,
    progress: config.PROGRESS_URL,
    media: config.MEDIA_URL,
    notify: config.NOTIFY_URL,
  };
  return urls[service].replace(/\/$/, '');
}
