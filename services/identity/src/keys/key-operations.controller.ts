import { OperatorsService } from '@lyceum/host';
import { Caller, Roles, StepUp } from '@lyceum/http';
import { Clock } from '@lyceum/kernel';
import { Body, Controller, Get, Header, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { type KeyRing, type SigningKey, published, signer } from './key-ring.js';
import { KeyRotation } from './key-rotation.service.js';

const SigningKeyView = z.object({
  kid: z.string(),
  status: z.enum(['announced', 'signing', 'retiring']).describe('published only, signs, or still verifies'),
  activeFrom: z.iso.datetime(),
  retireAfter: z.iso.datetime().optional().describe('when its last token has expired'),
});
const KeyRingView = z
  .object({
    keys: z.array(SigningKeyView),
    withdrawn: z.array(z.object({ kid: z.string(), at: z.iso.datetime() })).describe('of the last day'),
  })
  .meta({ id: 'SigningKeys' });
type KeyRingView = z.infer<typeof KeyRingView>;

const Rotation = z
  .strictObject({
    now: z
      .boolean()
      .default(false)
      .describe('a key has leaked: no token of any key that there is holds any more, and a new one signs at once'),
    reason: z.string().trim().min(3).max(500),
  })
  .meta({ id: 'SigningKeyRotation' });
type Rotation = z.infer<typeof Rotation>;

@ApiTags('operations')
@Controller('operations/identity/signing-keys')
@Roles('ADMIN')
export class KeyOperationsController {
  constructor(
    private readonly rotation: KeyRotation,
    private readonly operators: OperatorsService,
    private readonly clock: Clock,
  ) {}

  @Get()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'The keys that access tokens are signed with, without their secrets' })
  @ApiOkResponse({ standardSchema: KeyRingView })
  async keys(): Promise<KeyRingView> {
    return viewOf(await this.rotation.ring(), this.clock.now());
  }

  @Post('rotate')
  @StepUp({ withinMinutes: 10 })
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Puts a new key in the place of the present one: without anybody noticing, or at once' })
  @ApiOkResponse({ standardSchema: KeyRingView })
  async rotate(@Caller() { id }: Caller, @Body({ schema: Rotation }) { now, reason }: Rotation): Promise<KeyRingView> {
    const about = { operatorId: id, act: 'rotate-signing-keys', order: { now }, reason };
    const cause = { by: 'operator', id, reason } as const;
    const ring = await this.operators.onRecord(about, () =>
      now ? this.rotation.withdrawAll(cause) : this.rotation.rotate(cause),
    );
    return viewOf(ring, this.clock.now());
  }
}

function viewOf(ring: KeyRing, now: Date): KeyRingView {
  const signing = signer(ring, now)?.kid;
  const statusOf = ({ kid, activeFrom }: SigningKey) =>
    kid === signing ? 'signing' : activeFrom > now ? 'announced' : 'retiring';
  return {
    keys: published(ring, now).map((key) => ({
      kid: key.kid,
      status: statusOf(key),
      activeFrom: key.activeFrom.toISOString(),
      ...(key.retireAfter ? { retireAfter: key.retireAfter.toISOString() } : {}),
    })),
    withdrawn: (ring.withdrawn ?? []).map(({ kid, at }) => ({ kid, at: at.toISOString() })),
  };
}
