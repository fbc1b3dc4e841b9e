import { randomBytes } from 'node:crypto';
import { newId } from '@lyceum/kernel';
import { RefreshTokens, openSuccessor, sealSuccessor } from './refresh-token.js';

describe('a refresh token', () => {
  const tokens = new RefreshTokens(randomBytes(32));
  const sessionId = newId();

  it('names its session and is read back', () => {
    const token = tokens.make(sessionId);
    expect(token.sessionId).toBe(sessionId);
    expect(tokens.read(token.text)).toEqual(token);
    expect(token.text).not.toContain(token.hash);
  });

  it('is never the same twice', () => {
    expect(tokens.make(sessionId).text).not.toBe(tokens.make(sessionId).text);
  });

  it('cannot be invented or changed, also by who knows the session', () => {
    const { text } = tokens.make(sessionId);
    const bytes = Buffer.from(text, 'base64url');
    for (const at of [0, 20, 60]) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(tokens.read(changed.toString('base64url'))).toBeUndefined();
    }
    expect(new RefreshTokens(randomBytes(32)).read(text)).toBeUndefined();
    for (const invented of ['', 'x', `${text}A`, `${text}=`, text.slice(1), ` ${text}`])
      expect(tokens.read(invented)).toBeUndefined();
  });

  it('is read after the key was replaced, for as long as that is known', () => {
    const [before, after] = [randomBytes(32), randomBytes(32)];
    const token = new RefreshTokens(before).make(sessionId);
    expect(new RefreshTokens(after, [before]).read(token.text)).toEqual(token);
    expect(new RefreshTokens(before).read(new RefreshTokens(after, [before]).make(sessionId).text)).toBeUndefined();
  });

  it('lets only its holder read the successor', () => {
    const [holder, successor, stranger] = [tokens.make(sessionId), tokens.make(sessionId), tokens.make(sessionId)];
    const sealed = sealSuccessor(holder, successor);
    expect(openSuccessor(holder, sealed)).toBe(successor.text);
    expect(() => openSuccessor(stranger, sealed)).toThrow('unable to authenticate');
  });
});
