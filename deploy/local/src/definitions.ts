import { billing } from '@lyceum/billing/service';
import { catalog } from '@lyceum/catalog/service';
import { edge } from '@lyceum/edge/service';
import { enrollment } from '@lyceum/enrollment/service';
import type { ServiceDefinition } from '@lyceum/host';
import { identity } from '@lyceum/identity/service';
import { media } from '@lyceum/media/service';
import { notify } from '@lyceum/notify/service';
import { progress } from '@lyceum/progress/service';

/** Every service of the platform. */
export const definitions: Readonly<Record<string, ServiceDefinition>> = {
  edge,
  identity,
  catalog,
  billing,
  enrollment,
  progress,
  media,
  notify,
};
