import { Accounts } from './accounts.js';

/** Believes tokens that name somebody, until all are refused. */
class Verifier {
  verified = 0;
  refuses = false;
  async verify(token: string) {
    this.verified += 1;
    if (this.refuses || token === 'forged') throw new Error('refused');
    return { id: `account of ${token}`, sessionId: 's', roles: [], verified: true };
  }
}

describe('the account that a request is counted by', () => {
  it('is remembered for five seconds, and then verified anew', async () => {
    let now = 0;
    const tokens = new Verifier();
    const accounts = new Accounts(tokens, () => now);
    expect([await accounts.of('ada'), await accounts.of('bob')]).toEqual(['account of ada', 'account of bob']);
    now = 4_999;
    expect([await accounts.of('ada'), tokens.verified]).toEqual(['account of ada', 2]);
    tokens.refuses = true;
    now = 5_000;
    expect(await accounts.of('ada')).toBeUndefined();
  });

  it('is nobody’s for a token that does not verify, each time', async () => {
    const tokens = new Verifier();
    const accounts = new Accounts(tokens);
    expect([await accounts.of('forged'), await accounts.of('forged'), tokens.verified]).toEqual([
      undefined,
      undefined,
      2,
    ]);
  });
});
