// npm run events: dead letters, replays and rebuilds of a running platform, for operators.
import { operate } from './operator.mjs';

operate('events.ts');
