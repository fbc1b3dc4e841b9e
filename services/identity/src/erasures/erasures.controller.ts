import { Body, Controller, Delete, Get, Header, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Caller, Refuses, Roles, SignedInOnly, StepUp, demandProof } from '@lyceum/http';
import { Clock } from '@lyceum/kernel';
import { z } from 'zod';
import { refusals } from '../refusals.js';
import { CodeProof } from '../two-factor/code-proof.js';
import { ErasuresService } from './erasures.service.js';
import { ErasureView, Scheduled, erasureView, scheduledView } from './erasures.views.js';

const Confirmation = z
  .strictObject({ confirm: z.literal('erase my account').describe('so that nobody does it by mistake') })
  .meta({ id: 'ErasureConfirmation' });
type Confirmation = z.infer<typeof Confirmation>;

const Order = z
  .strictObject({
    reason: z.string().trim().min(3).max(500).describe('kept with the receipts: write no name into it'),
    withoutDelay: z.boolean().default(false).describe('without the days in which the owner could cancel it'),
  })
  .meta({ id: 'ErasureOrder' });
type Order = z.infer<typeof Order>;

const UserParams = z.object({ userId: z.string().min(1).max(100) });
type UserParams = z.infer<typeof UserParams>;
const ErasureParams = z.object({ erasureId: z.string().min(1).max(100) });
type ErasureParams = z.infer<typeof ErasureParams>;

const step = { withinMinutes: 10 } as const;

@ApiTags('data protection')
@Controller()
export class ErasuresController {
  constructor(
    private readonly erasures: ErasuresService,
    @Inject(CodeProof) private readonly codes: Pick<CodeProof, 'isAskedOf'>,
    private readonly clock: Clock,
  ) {}

  @Delete('me')
  @Roles()
  @StepUp(step)
  @HttpCode(202)
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'Has the account and everything that the platform holds about the caller erased, after some days',
    description: 'Where two-factor sign-in is on, the step-up asks for two factors.',
  })
  @ApiAcceptedResponse({ standardSchema: Scheduled })
  @Refuses(refusals.accountNotFound, refusals.lastAdministrator)
  async leave(
    @Caller() caller: Caller,
    @Body({ schema: Confirmation }) _confirmation: Confirmation,
  ): Promise<Scheduled> {
    if (await this.codes.isAskedOf(caller.id)) demandProof(caller, { ...step, level: 'aal2' }, this.clock.now());
    return scheduledView(await this.erasures.schedule(caller.id, { by: 'owner' }));
  }

  @Delete('me/erasure')
  @Roles()
  @SignedInOnly()
  @HttpCode(204)
  @ApiOperation({ summary: 'The account stays after all' })
  @ApiNoContentResponse()
  @Refuses(refusals.accountNotFound, refusals.noErasureScheduled)
  async stay(@Caller() caller: Caller): Promise<void> {
    await this.erasures.cancel(caller.id);
  }

  @Post('users/:userId/erase')
  @Roles('ADMIN')
  @StepUp(step)
  @HttpCode(202)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Has somebody erased who has asked for it in another way' })
  @ApiAcceptedResponse({ standardSchema: Scheduled })
  @Refuses(refusals.accountNotFound, refusals.lastAdministrator)
  async erase(
    @Caller() caller: Caller,
    @Param({ schema: UserParams }) { userId }: UserParams,
    @Body({ schema: Order }) { reason, withoutDelay }: Order,
  ): Promise<Scheduled> {
    const wish = { by: 'admin' as const, adminId: caller.id, reason, graceDays: withoutDelay ? 0 : undefined };
    return scheduledView(await this.erasures.schedule(userId, wish));
  }

  @Get('erasures/:erasureId')
  @Roles('ADMIN')
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'What every service has erased and kept of somebody' })
  @ApiOkResponse({ standardSchema: ErasureView })
  @Refuses(refusals.erasureNotFound)
  async show(@Param({ schema: ErasureParams }) { erasureId }: ErasureParams): Promise<ErasureView> {
    return erasureView(await this.erasures.one(erasureId));
  }
}
