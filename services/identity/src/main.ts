import { run } from '@lyceum/host';
import { identity } from './service.js';

await run(identity);
