// A service of its own process, for run.int.spec.ts.
import { setTimeout as pause } from 'node:timers/promises';
import { Controller, Get } from '@nestjs/common';
import { Public } from '@lyceum/http';
import { z } from 'zod';
import { defineService, run } from '../src/index.js';

@Public()
@Controller()
class Slow {
  @Get('slow') async slow() {
    console.log('somebody is being served');
    await pause(300);
    return { done: true };
  }
}

await run(
  defineService({
    name: 'stateless',
    description: 'For tests.',
    config: z.object({ API_KEY: z.string().min(20) }),
    controllers: [Slow],
    providers: [],
    publishes: [],
    refusals: {},
    stateful: false,
  }),
);
