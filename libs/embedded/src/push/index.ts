export {
  type PushMessage,
  type PushOptions,
  type RunningPush,
  type TestSubscription,
  startPush,
} from './push-server.js';
