import { run } from '@lyceum/host';
import { progress } from './service.js';

await run(progress);
