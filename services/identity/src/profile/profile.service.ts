import { Injectable } from '@nestjs/common';
import { Clock } from '@lyceum/kernel';
import type { Account } from '../accounts/account.js';
import { AccountsStore } from '../accounts/accounts.store.js';
import { refusals } from '../refusals.js';
import { AvatarImages } from './avatar-images.js';
import { type ProfileEdit, editProfile } from './profile.js';

@Injectable()
export class ProfileService {
  constructor(
    private readonly accounts: AccountsStore,
    private readonly images: AvatarImages,
    private readonly clock: Clock,
  ) {}

  /** Throws `identity.avatar-refused` alike for somebody else's image, another kind of file, and one that does not exist. */
  async edit(accountId: string, edit: ProfileEdit): Promise<Account> {
    if (edit.avatarMediaId) {
      const image = await this.images.get(edit.avatarMediaId);
      if (image?.ownerId !== accountId) throw refusals.avatarRefused();
    }
    return this.accounts.change(accountId, (current) => {
      if (!current) throw refusals.accountNotFound();
      return editProfile(current, edit, this.clock.now());
    });
  }
}
