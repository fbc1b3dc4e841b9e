import { Browser } from './browser.js';
import { Platform, type Tokens } from './platform.js';
import { CLIENT, RealProvider } from './real-provider.js';

export const HOME = 'https://app.lyceum.example/welcome';
export const PUBLIC = 'http://localhost:4000';

/** The platform with two real providers, of which only Campus is believed in addresses, and one that is away. */
export class ProvidersWorld {
  readonly platform = new Platform();
  private providers: Readonly<Record<'campus' | 'guild', RealProvider>> | undefined;

  async start(): Promise<void> {
    const provider = (id: string) => RealProvider.start(`${PUBLIC}/auth/external/${id}/callback`);
    const [campus, guild] = [await provider('campus'), await provider('guild')];
    this.providers = { campus, guild };
    const settings = { clientId: CLIENT.id, clientSecret: CLIENT.secret };
    await this.platform.start({
      OIDC_PROVIDERS: JSON.stringify([
        { id: 'campus', name: 'Campus', issuer: campus.issuer, trustsEmail: true, ...settings },
        { id: 'guild', name: 'Guild', issuer: guild.issuer, ...settings },
        { id: 'away', name: 'Away', issuer: 'http://127.0.0.1:9', ...settings },
      ]),
      OIDC_RETURN_URLS: `${HOME}, https://app.lyceum.example/other?tab=1`,
    });
  }

  async close(): Promise<void> {
    await this.platform.close();
    await Promise.all([this.campus.close(), this.guild.close()]);
  }

  get campus(): RealProvider {
    return this.started.campus;
  }
  get guild(): RealProvider {
    return this.started.guild;
  }

  /** Both providers know somebody of that name; the address that they tell. */
  somebody(login: string, more: object = {}): string {
    const told = {
      email: `${login}@example.com`,
      email_verified: true,
      given_name: 'Ada',
      family_name: 'Byron',
      ...more,
    };
    this.campus.people.set(login, told);
    this.guild.people.set(login, told);
    return told.email;
  }

  begin(browser: Browser, provider = 'campus', body: object = { returnTo: HOME }): Promise<URL> {
    return browser.begin(`/auth/external/${provider}/begin`, body);
  }

  /** There and back: where the browser is sent in the end. */
  async through(login: string, provider = 'campus', browser = new Browser(this.platform)) {
    const back = await browser.signInAt(await this.begin(browser, provider), login);
    const { status, headers } = await browser.comeBack(back);
    if (status !== 303) throw new Error(`Ended at a page: ${status}`);
    return { browser, back, location: new URL(headers.get('location') ?? ''), headers };
  }

  signIn(login: string, provider = 'campus'): Promise<Tokens> {
    return new Browser(this.platform).signInBy(provider, login, HOME);
  }

  private get started() {
    if (!this.providers) throw new Error('Not started');
    return this.providers;
  }
}
