import { Body, Controller, Get, Header, Put } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Purpose } from '@lyceum/contracts';
import { Caller, Refuses, Roles, SignedInOnly } from '@lyceum/http';
import { z } from 'zod';
import { refusals } from '../refusals.js';
import { type Consents, WORDING, latest } from './consent.js';
import { ConsentsService } from './consents.service.js';

const Statement = z
  .strictObject({
    purpose: Purpose,
    version: z.string().min(1).max(100).describe('of what was read: `presentVersion`'),
    given: z.boolean(),
  })
  .meta({ id: 'ConsentStatement' });
type Statement = z.infer<typeof Statement>;

const Said = z.object({
  version: z.string(),
  given: z.boolean(),
  at: z.iso.datetime(),
  how: z.enum(['registration', 'settings']),
});
const ConsentList = z
  .object({
    items: z.array(
      z.object({
        purpose: Purpose,
        presentVersion: z.string(),
        given: z.boolean().describe('what holds now; false also for a document that has changed since'),
        history: z.array(Said).describe('the latest first'),
      }),
    ),
  })
  .meta({ id: 'Consents' });
type ConsentList = z.infer<typeof ConsentList>;

@ApiTags('data protection')
@Controller('me/consents')
export class ConsentsController {
  constructor(private readonly consents: ConsentsService) {}

  @Get()
  @Roles()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'What the caller has agreed to, and has said about it before' })
  @ApiOkResponse({ standardSchema: ConsentList })
  async list(@Caller() caller: Caller): Promise<ConsentList> {
    return this.viewOf(await this.consents.of(caller.id));
  }

  @Put()
  @Roles()
  @SignedInOnly()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Agrees to something, or takes it back; what was said before stays on record' })
  @ApiOkResponse({ standardSchema: ConsentList })
  @Refuses(refusals.accountNotFound, refusals.consentNeeded, refusals.documentOutdated, refusals.tooManyAttempts)
  async say(@Caller() caller: Caller, @Body({ schema: Statement }) said: Statement): Promise<ConsentList> {
    return this.viewOf(await this.consents.say(caller.id, said));
  }

  private viewOf(consents: Consents | undefined): ConsentList {
    const items = Purpose.options.map((purpose) => {
      const presentVersion = this.consents.documents[purpose] ?? WORDING;
      const last = latest(consents, purpose);
      const history = (consents?.history ?? [])
        .filter((each) => each.purpose === purpose)
        .toReversed()
        .map(({ version, given, at, how }) => ({ version, given, at: at.toISOString(), how }));
      return { purpose, presentVersion, given: last?.given === true && last.version === presentVersion, history };
    });
    return { items };
  }
}
