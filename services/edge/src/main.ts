import { run } from '@lyceum/host';
import { edge } from './service.js';

await run(edge);
