import { Controller, Get, Header } from '@nestjs/common';
import { Public } from '@lyceum/http';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { SigningKeys } from './signing-keys.js';

const Jwks = z
  .object({
    keys: z.array(
      z.object({
        kty: z.string(),
        crv: z.string(),
        x: z.string(),
        kid: z.string().describe('RFC 7638 thumbprint'),
        alg: z.string(),
        use: z.literal('sig'),
      }),
    ),
  })
  .meta({ id: 'Jwks' });

@ApiTags('keys')
@Controller()
export class KeysController {
  constructor(private readonly keys: SigningKeys) {}

  @Get('.well-known/jwks.json')
  @Public()
  @Header('cache-control', 'public, max-age=300')
  @ApiOperation({ summary: 'The public keys that verify access tokens' })
  @ApiOkResponse({ standardSchema: Jwks })
  async jwks(): Promise<z.infer<typeof Jwks>> {
    return Jwks.parse(await this.keys.jwks());
  }
}
