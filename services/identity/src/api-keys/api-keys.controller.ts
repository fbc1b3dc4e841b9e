import { Role } from '@lyceum/contracts';
import {
  API_KEY_PREFIX,
  ApiKeyExchange,
  Caller,
  ExchangedApiKey,
  Public,
  Refuses,
  Roles,
  Scope,
  SignedInOnly,
  StepUp,
  VerifiedRoles,
  httpRefusals,
} from '@lyceum/http';
import { Body, Controller, Delete, Get, Header, HttpCode, Param, Post, Req } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { refusals } from '../refusals.js';
import { type ApiKey, LONGEST_DAYS, USUAL_DAYS } from './api-key.js';
import { ApiKeysService } from './api-keys.service.js';

const isFreeOfRepeats = (list: readonly string[]): boolean => new Set(list).size === list.length;

const NewApiKey = z
  .strictObject({
    name: z.string().trim().min(1).max(100).describe('what it is for'),
    scopes: z
      .array(Scope)
      .min(1)
      .refine(isFreeOfRepeats, 'must not repeat a scope')
      .describe('what it opens: `read` is GET and HEAD, `write` everything else; neither includes the other'),
    roles: z
      .array(Role)
      .min(1)
      .refine(isFreeOfRepeats, 'must not repeat a role')
      .optional()
      .describe('narrows the roles that it acts with; without it they are those that its owner has at the time'),
    expiresInDays: z.int().min(1).max(LONGEST_DAYS).default(USUAL_DAYS),
  })
  .meta({ id: 'NewApiKey' });
type NewApiKey = z.infer<typeof NewApiKey>;

const ApiKeyView = z
  .object({
    id: z.string(),
    name: z.string(),
    hint: z.string().describe('how the key begins and ends'),
    scopes: z.array(z.string()),
    roles: z.array(Role).optional(),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime(),
    lastUse: z
      .object({ at: z.iso.datetime(), network: z.string() })
      .optional()
      .describe('to the minute, and from which network'),
  })
  .meta({ id: 'ApiKey' });
type ApiKeyView = z.infer<typeof ApiKeyView>;
const ApiKeyList = z.object({ items: z.array(ApiKeyView) }).meta({ id: 'ApiKeyList' });
type ApiKeyList = z.infer<typeof ApiKeyList>;
const CreatedApiKey = ApiKeyView.extend({ key: z.string().describe('shown this once') }).meta({ id: 'CreatedApiKey' });
type CreatedApiKey = z.infer<typeof CreatedApiKey>;

const ExchangeBody = ApiKeyExchange.meta({ id: 'ApiKeyExchange' });
const ExchangeAnswer = ExchangedApiKey.meta({ id: 'ExchangedApiKey' });

const ApiKeyParams = z.object({ keyId: z.string().max(100) });
type ApiKeyParams = z.infer<typeof ApiKeyParams>;

@ApiTags('api-keys')
@Controller()
export class ApiKeysController {
  constructor(private readonly apiKeys: ApiKeysService) {}

  @Post('me/api-keys')
  @VerifiedRoles()
  @StepUp({ withinMinutes: 10 })
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Makes an API key, by which a program acts for the caller; it is shown this once' })
  @ApiCreatedResponse({ standardSchema: CreatedApiKey })
  @Refuses(refusals.tooManyApiKeys, refusals.apiKeyBeyondOwner, refusals.accountNotFound)
  async create(
    @Caller() caller: Caller,
    @Body({ schema: NewApiKey }) { name, scopes, roles: onlyRoles, expiresInDays: days }: NewApiKey,
  ): Promise<CreatedApiKey> {
    const { key, text } = await this.apiKeys.create(caller.id, { name, scopes, onlyRoles, days });
    return { ...viewOf(key), key: text };
  }

  @Get('me/api-keys')
  @Roles()
  @SignedInOnly()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: "The caller's API keys, the newest first; those that have expired stay for 30 days" })
  @ApiOkResponse({ standardSchema: ApiKeyList })
  async list(@Caller() caller: Caller): Promise<ApiKeyList> {
    return { items: (await this.apiKeys.list(caller.id)).map(viewOf) };
  }

  @Delete('me/api-keys/:keyId')
  @Roles()
  @SignedInOnly()
  @HttpCode(204)
  @ApiOperation({ summary: 'Revokes an API key: it is refused everywhere within seconds, and for good' })
  @ApiNoContentResponse()
  @Refuses(refusals.apiKeyNotFound, refusals.accountNotFound)
  revoke(@Caller() caller: Caller, @Param({ schema: ApiKeyParams }) { keyId }: ApiKeyParams): Promise<void> {
    return this.apiKeys.revoke(caller.id, keyId);
  }

  /** For the edge, which does not route it. */
  @Post('api-keys/exchange')
  @Public()
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Gives the edge an access token of a minute for an API key' })
  @ApiOkResponse({ standardSchema: ExchangeAnswer })
  @Refuses(httpRefusals.apiKeyRefused)
  exchange(
    @Body({ schema: ExchangeBody }) { key }: ApiKeyExchange,
    @Req() request: FastifyRequest,
  ): Promise<ExchangedApiKey> {
    return this.apiKeys.exchange(key, request.ip);
  }
}

const viewOf = (key: ApiKey): ApiKeyView => ({
  id: key.id,
  name: key.name,
  hint: `${API_KEY_PREFIX}${key.id}_…${key.lastFour}`,
  scopes: [...key.scopes],
  ...(key.onlyRoles ? { roles: [...key.onlyRoles] } : {}),
  createdAt: key.createdAt.toISOString(),
  expiresAt: key.expiresAt.toISOString(),
  ...(key.lastUse ? { lastUse: { at: key.lastUse.at.toISOString(), network: key.lastUse.network } } : {}),
});
