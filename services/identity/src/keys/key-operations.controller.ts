import { CONFIG, OperatorsService } from '@lyceum/host';
import { Caller, Roles, ScopedAs, StepUp } from '@lyceum/http';
import { Clock } from '@lyceum/kernel';
import { Body, Controller, Get, Header, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import type { Config } from '../config.js';
import { KeyEncryption } from '../encryption/key-encryption.service.js';
import { SecretsAtRest, keyIdOf } from '../encryption/secrets-at-rest.js';
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

const EncryptionView = z
  .object({
    keyId: z.string().describe('of KEY_ENCRYPTION_KEY: the first digits of a hash of it'),
    readOnlyKeyIds: z.array(z.string()),
    left: z
      .record(z.string(), z.int())
      .describe(
        'secrets that the job identity.encrypt-anew has not come to; while there are any, no key may be dropped',
      ),
  })
  .meta({ id: 'EncryptionKeys' });
type EncryptionView = z.infer<typeof EncryptionView>;

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
@Controller('operations/identity')
@Roles('ADMIN')
@ScopedAs('operations')
export class KeyOperationsController {
  constructor(
    private readonly rotation: KeyRotation,
    private readonly encryption: KeyEncryption,
    private readonly cipher: SecretsAtRest,
    @Inject(CONFIG) private readonly config: Config,
    private readonly operators: OperatorsService,
    private readonly clock: Clock,
  ) {}

  @Get('signing-keys')
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'The keys that access tokens are signed with, without their secrets' })
  @ApiOkResponse({ standardSchema: KeyRingView })
  async keys(): Promise<KeyRingView> {
    return viewOf(await this.rotation.ring(), this.clock.now());
  }

  @Get('encryption')
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'With which keys secrets are encrypted, and how many need another one than that in front' })
  @ApiOkResponse({ standardSchema: EncryptionView })
  async encryptionKeys(): Promise<EncryptionView> {
    const readOnlyKeyIds = this.config.KEY_ENCRYPTION_KEYS_READ_ONLY.map(keyIdOf);
    return { keyId: this.cipher.keyId, readOnlyKeyIds, left: await this.encryption.left() };
  }

  @Post('signing-keys/rotate')
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
