import { run } from '@lyceum/host';
import { billing } from './service.js';

await run(billing);
