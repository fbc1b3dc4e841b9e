import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import OpenIdProvider from 'oidc-provider';

export interface Person {
  readonly email?: string;
  readonly email_verified?: boolean;
  readonly given_name?: string;
  readonly family_name?: string;
}

export const CLIENT = { id: 'lyceum', secret: 'a-client-secret-of-more-than-32-characters' };

/** A certified OpenID provider, listening on this machine; whoever signs in is who `people` says. */
export class RealProvider {
  readonly people = new Map<string, Person>();
  private constructor(
    private readonly server: Server,
    readonly issuer: string,
  ) {}

  static async start(redirectUri: string): Promise<RealProvider> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const self = new RealProvider(server, issuer);
    jest.spyOn(console, 'info').mockImplementation(); // it warns at length of what is right for a test only
    jest.spyOn(console, 'warn').mockImplementation();
    const provider = new OpenIdProvider(issuer, {
      clients: [
        {
          client_id: CLIENT.id,
          client_secret: CLIENT.secret,
          redirect_uris: [redirectUri],
          grant_types: ['authorization_code'],
          response_types: ['code'],
        },
      ],
      claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['given_name', 'family_name'] },
      cookies: { keys: ['signs the cookies of this test'] },
      pkce: { required: () => false }, // the client must insist on it, not the provider
      findAccount: (_context, sub) => ({ accountId: sub, claims: () => ({ sub, ...self.people.get(sub) }) }),
    });
    const answer = provider.callback();
    server.on('request', (request, response) => void answer(request, response));
    return self;
  }

  close(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }
}
