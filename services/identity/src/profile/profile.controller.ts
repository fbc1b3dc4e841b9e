import { Body, Controller, Header, Patch } from '@nestjs/common';
import { Caller, Refuses, Roles } from '@lyceum/http';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { User, userOf } from '../accounts/views.js';
import { refusals } from '../refusals.js';
import { ProfilePatch } from './profile.requests.js';
import { ProfileService } from './profile.service.js';

@ApiTags('accounts')
@Controller('me')
export class ProfileController {
  constructor(private readonly profile: ProfileService) {}

  @Patch()
  @Roles()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Changes what the caller tells about oneself; null takes something away' })
  @ApiOkResponse({ standardSchema: User })
  @Refuses(refusals.accountNotFound, refusals.avatarRefused)
  async edit(@Caller() caller: Caller, @Body({ schema: ProfilePatch }) edit: ProfilePatch): Promise<User> {
    return userOf(await this.profile.edit(caller.id, edit));
  }
}
