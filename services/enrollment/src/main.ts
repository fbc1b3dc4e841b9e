import { run } from '@lyceum/host';
import { enrollment } from './service.js';

await run(enrollment);
