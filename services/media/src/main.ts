import { run } from '@lyceum/host';
import { media } from './service.js';

await run(media);
