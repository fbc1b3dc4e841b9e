import { Body, Controller, Get, Header, HttpCode, Param, Post, Query, applyDecorators } from '@nestjs/common';
import { Role } from '@lyceum/contracts';
import { Caller, PageQuery, Refuses, Roles, StepUp } from '@lyceum/http';
import { plainLine } from '@lyceum/kernel';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { refusals } from '../refusals.js';
import { AdministrationService } from './administration.service.js';
import { AccountOverview, AccountPage, overviewOf, summaryOf } from './administration.views.js';

const AccountSearch = PageQuery.extend({
  text: z.string().min(2).max(100).optional().describe('beginnings of words of the name or the e-mail address'),
  role: Role.optional(),
  status: z.enum(['active', 'suspended']).optional(),
  verified: z
    .enum(['true', 'false'])
    .transform((said) => said === 'true')
    .optional(),
});
type AccountSearch = z.infer<typeof AccountSearch>;

const UserParams = z.object({ userId: z.string().min(1).max(100) });
type UserParams = z.infer<typeof UserParams>;

const reason = z
  .string()
  .trim()
  .min(3)
  .max(500)
  .overwrite(plainLine)
  .meta({ description: 'for the audit log, where it stays: no names or addresses' });
const Act = z.strictObject({ reason }).meta({ id: 'AdministratorsAct' });
type Act = z.infer<typeof Act>;
const Suspension = z
  .strictObject({
    reason,
    until: z.iso
      .datetime()
      .transform((text) => new Date(text))
      .optional(),
  })
  .meta({ id: 'Suspension' });
type Suspension = z.infer<typeof Suspension>;
const someRoles = z.array(Role).max(3).default([]);
const RoleChange = z
  .strictObject({ grant: someRoles, revoke: someRoles, reason })
  .refine(({ grant, revoke }) => !grant.some((role) => revoke.includes(role)), 'gives and takes the same role')
  .meta({ id: 'RoleChange' });
type RoleChange = z.infer<typeof RoleChange>;

/** What is done to an account asks for a fresh proof, and answers nothing. */
const Done = (summary: string): MethodDecorator =>
  applyDecorators(
    StepUp({ withinMinutes: 10 }),
    HttpCode(204),
    ApiOperation({ summary }),
    ApiNoContentResponse(),
    Refuses(refusals.accountNotFound),
  );

@ApiTags('administration')
@Controller('users')
@Roles('ADMIN')
export class AdministrationController {
  constructor(private readonly administration: AdministrationService) {}

  @Get()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Accounts, in the order in which they were opened' })
  @ApiOkResponse({ standardSchema: AccountPage })
  async search(@Query({ schema: AccountSearch }) query: AccountSearch): Promise<AccountPage> {
    const { limit, after, ...search } = query;
    const { items, ...page } = await this.administration.search(search, { limit, after });
    return { items: items.map(summaryOf), ...page };
  }

  @Get(':userId')
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'One account, with its second factor and its sessions' })
  @ApiOkResponse({ standardSchema: AccountOverview })
  @Refuses(refusals.accountNotFound)
  async show(@Param({ schema: UserParams }) { userId }: UserParams): Promise<AccountOverview> {
    return overviewOf(await this.administration.overview(userId));
  }

  @Post(':userId/suspend')
  @Done('Shuts the account, for good or until a time: nobody signs in, all sessions end; the owner is told')
  @Refuses(refusals.ownAccount, refusals.lastAdministrator, refusals.suspensionOver)
  suspend(
    @Caller() caller: Caller,
    @Param({ schema: UserParams }) { userId }: UserParams,
    @Body({ schema: Suspension }) suspension: Suspension,
  ): Promise<void> {
    return this.administration.suspend(userId, { adminId: caller.id, ...suspension });
  }

  @Post(':userId/reinstate')
  @Done('Opens a suspended account again; the owner is told')
  @Refuses(refusals.notSuspended)
  reinstate(
    @Caller() caller: Caller,
    @Param({ schema: UserParams }) { userId }: UserParams,
    @Body({ schema: Act }) act: Act,
  ): Promise<void> {
    return this.administration.reinstate(userId, { adminId: caller.id, ...act });
  }

  @Post(':userId/roles')
  @Done('Gives and takes roles; all sessions of the account end, and the owner is told')
  @Refuses(refusals.ownAccount, refusals.lastAdministrator, refusals.roleNeeded)
  changeRoles(
    @Caller() caller: Caller,
    @Param({ schema: UserParams }) { userId }: UserParams,
    @Body({ schema: RoleChange }) change: RoleChange,
  ): Promise<void> {
    return this.administration.changeRoles(userId, { adminId: caller.id, ...change });
  }

  @Post(':userId/sign-out')
  @Done('Ends all sessions of the account; the owner is told')
  @Refuses(refusals.ownAccount)
  signOut(
    @Caller() caller: Caller,
    @Param({ schema: UserParams }) { userId }: UserParams,
    @Body({ schema: Act }) act: Act,
  ): Promise<void> {
    return this.administration.signOut(userId, { adminId: caller.id, ...act });
  }

  @Post(':userId/two-factor/reset')
  @Done('Turns two-factor sign-in off for somebody who has lost the app and the recovery codes; the owner is told')
  @Refuses(refusals.ownAccount)
  resetTwoFactor(
    @Caller() caller: Caller,
    @Param({ schema: UserParams }) { userId }: UserParams,
    @Body({ schema: Act }) act: Act,
  ): Promise<void> {
    return this.administration.resetTwoFactor(userId, { adminId: caller.id, ...act });
  }
}
