// npm run jobs: what the services of a running platform do at set times, for operators.
import { operate } from './operator.mjs';

operate('jobs.ts');
