import { run } from '@lyceum/host';
import { catalog } from './service.js';

await run(catalog);
