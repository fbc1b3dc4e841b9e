import { z } from 'zod';
import { BadConfiguration, BaseConfig, configSchema, defineService, readConfig } from './index.js';

const service = defineService({
  name: 'probe',
  description: 'For tests.',
  config: z.object({ API_KEY: z.string().min(20), MODE: z.enum(['fast', 'slow']).optional() }),
  controllers: [],
  providers: [],
  publishes: [],
  refusals: {},
  stateful: true,
});
const good = {
  PUBLIC_URL: 'https://lyceum.example',
  JWT_ISSUER: 'https://lyceum.example',
  JWKS_URL: 'http://identity/jwks.json',
  MONGODB_URI: 'mongodb://db',
  AMQP_URL: 'amqp://broker',
  API_KEY: 'a-key-of-twenty-letters',
};
const messageOf = (env: Record<string, string | undefined>, busIsGiven = false): string => {
  try {
    readConfig('probe', configSchema(service, busIsGiven), env);
    return 'fine';
  } catch (error) {
    if (!(error instanceof BadConfiguration)) throw error;
    return error.message;
  }
};

describe('the settings of a service', () => {
  it('have sensible values where nothing is set', () => {
    expect(readConfig('probe', configSchema(service, false), good)).toMatchObject({
      HOST: '127.0.0.1',
      PORT: 0,
      LOG_LEVEL: 'info',
      TRUST_PROXY: 'loopback',
      JWT_AUDIENCE: 'lyceum',
      DATABASE_PREFIX: '',
      SHUTDOWN_GRACE_MS: 10_000,
    });
  });
  it('that are missing or bad are all named in one message, and no value is shown', () => {
    const bad = {
      API_KEY: 'hunter2',
      MODE: 'sideways',
      PORT: '65536',
      MONGODB_URI: 'postgres://ada:hunter2@db',
      TRUST_PROXY: 'everybody-secret',
      PUBLIC_URL: 'no url at all',
      BODY_LIMIT_BYTES: 'much',
    };
    const message = messageOf(bad);
    for (const name of [...Object.keys(bad), 'JWT_ISSUER is missing', 'JWKS_URL is missing', 'AMQP_URL is missing'])
      expect(message).toContain(name);
    for (const value of Object.values(bad)) expect(message).not.toContain(value);
    expect(message).toMatch(/^probe cannot start: /);
    expect(message.split('\n')).toHaveLength(1);
  });
  it('name a variable once, however much is wrong with it', () => {
    const twice = z.object({ CODE: z.string().min(9).regex(/^\d+$/) });
    const read = () => readConfig('probe', twice, { CODE: 'x' });
    expect(read).toThrow(/^probe cannot start: CODE [^;]*$/);
  });
  it('that are empty or blank count as unset', () => {
    expect(messageOf({ ...good, API_KEY: '' })).toBe('probe cannot start: API_KEY is missing');
    expect(messageOf({ ...good, API_KEY: '  ' })).toBe('probe cannot start: API_KEY is missing');
    expect(messageOf({ ...good, PORT: '', MODE: '', MANAGEMENT_PORT: ' ' })).toBe('fine');
  });
  it('a rule about several of them is not a missing variable', () => {
    const both = z
      .object({ A: z.string().optional(), B: z.string().optional() })
      .refine(({ A, B }) => !A === !B, 'need A and B together');
    expect(() => readConfig('probe', both, { A: 'x' })).toThrow(
      'probe cannot start: the settings need A and B together',
    );
  });
  it('of a broker are asked for only where no bus is handed over, of a database only where there is one', () => {
    expect(messageOf({ ...good, AMQP_URL: undefined }, true)).toBe('fine');
    const stateless = configSchema({ ...service, stateful: false }, false);
    expect(Object.keys(stateless.shape)).not.toContain('MONGODB_URI');
    expect(Object.keys(stateless.shape)).not.toContain('AMQP_URL');
  });
  it('of remote keys are not asked of the service that signs', () => {
    const { JWKS_URL: _unused, ...rest } = good;
    const read = readConfig('probe', configSchema({ ...service, remoteKeys: false }, false), rest);
    expect(read).toMatchObject({ PUBLIC_URL: good.PUBLIC_URL });
    expect(read).not.toHaveProperty('JWKS_URL');
  });
  it.each(['loopback', '10.0.0.0/8', '10.1.2.3', 'loopback, 10.0.0.0/8,fd00::/8', '::1'])(
    'believe the proxies %s',
    (TRUST_PROXY) => {
      expect(BaseConfig.safeParse({ ...good, TRUST_PROXY }).success).toBe(true);
    },
  );
  it.each(['true', '*', '10.0.0.0/33', '10.0.0', 'proxy.example', 'loopback,,', '10.0.0.0/8/8', '1.2.3.4/'])(
    'know no proxies %s',
    (TRUST_PROXY) => {
      expect(BaseConfig.safeParse({ ...good, TRUST_PROXY }).success).toBe(false);
    },
  );
});
