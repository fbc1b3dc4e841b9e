import { run } from '@lyceum/host';
import { notify } from './service.js';

await run(notify);
