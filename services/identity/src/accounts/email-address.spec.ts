import { EmailAddress } from './email-address.js';

const canonical = (text: string): string | undefined => EmailAddress.safeParse(text).data;

describe('an e-mail address', () => {
  it.each([
    ['in other letter case', 'Mike@Example.ORG'],
    ['with space around it', ' \t\u00a0mike@example.org\ufeff\n'],
    ['in full width, as some keyboards write', 'ｍｉｋｅ＠ｅｘａｍｐｌｅ．ｏｒｇ'],
    ['with the sign for Kelvin, which is a k in small letters', 'mi\u212Ae@example.org'],
    ['in mathematical letters', '𝐦𝐢𝐤𝐞@example.org'],
    ['in circled letters', 'ⓜⓘⓚⓔ@example.org'],
  ])('%s is the same one, and its mails go to that spelling', (_what, text) => {
    expect(canonical(text)).toBe('mike@example.org');
  });

  it.each([
    ['a dotless i, which some systems turn into I and that into i', 'm\u0131ke@example.org'],
    ['a capital I with a dot', 'M\u0130KE@EXAMPLE.ORG'],
    ['the same in its domain', 'mike@g\u0131thub.com'],
    ['a Cyrillic letter that looks like a Latin one', 'm\u0456ke@example.org'],
    ['one in the domain', 'mike@ex\u0430mple.org'],
    ['a Greek one', 'mik\u03B5@example.org'],
    ['a combining accent', 'mike\u0301@example.org'],
    ['an accent', 'mik\u00E9@example.org'],
    ['a zero-width space', 'mi\u200Bke@example.org'],
    ['a zero-width joiner', 'mike\u200D@example.org'],
    ['a soft hyphen', 'mi\u00ADke@example.org'],
    ['text that is turned around', '\u202Emike@example.org'],
    ['isolated text', '\u2066mike\u2069@example.org'],
    ['a sharp s, which upper case makes two letters of', 'stra\u00DFe@example.org'],
    ['an ideographic full stop', 'mike@example\u3002org'],
    ['a sign that is "a/c"', 'mike@\u2100.org'],
    ['a NUL byte', 'mike\0@example.org'],
    ['a line break within', 'mike@example.org\r\nBcc: eve@example.org'],
    ['another header', 'mike@example.org%0aBcc:eve@example.org'],
    ['two at signs', 'mike@evil.example@example.org'],
    ['two at signs, one in full width', 'mike＠evil.example@example.org'],
    ['a second address', 'mike@example.org,eve@example.org'],
    ['a second one by a semicolon', 'mike@example.org;eve@example.org'],
    ['a name before it', 'Mike <mike@example.org>'],
    ['a comment', 'mike(comment)@example.org'],
    ['a quoted local part', '"mike"@example.org'],
    ['a quoted local part with an at sign in it', '"mike@evil.example"@example.org'],
    ['a route', '@evil.example:mike@example.org'],
    ['percent routing', 'mike%evil.example@example.org'],
    ['an exclamation mark', 'evil.example!mike@example.org'],
    ['an address of the internet for a domain', 'mike@[127.0.0.1]'],
    ['one without brackets', 'mike@127.0.0.1'],
    ['an IPv6 one', 'mike@[IPv6:::1]'],
    ['a domain without a dot', 'mike@localhost'],
    ['a dot at its end', 'mike@example.org.'],
    ['a dot at the end of the local part', 'mike.@example.org'],
    ['a dot at its beginning', '.mike@example.org'],
    ['two dots together', 'mi..ke@example.org'],
    ['two dots in the domain', 'mike@example..org'],
    ['nothing before the at sign', '@example.org'],
    ['a space within', 'mi ke@example.org'],
    ['a path', 'mike@example.org/../eve'],
    ['more characters than addresses have', `${'m'.repeat(250)}@example.org`],
    ['more characters than a local part has', `${'m'.repeat(65)}@example.org`],
    ['more characters than a label of a domain has', `mike@${'e'.repeat(64)}.org`],
    ['few characters that are many in another spelling', `${'\uFDFA'.repeat(300)}@example.org`],
  ])('with %s is refused', (_what, text) => {
    expect([text, canonical(text)]).toEqual([text, undefined]);
  });

  it.each(['mike+lyceum@example.org', 'm@xn--bcher-kva.example', "o'neil@example.org", 'a_b-c@sub.example.co.uk'])(
    '%s is one of its own, for which nobody else’s is taken',
    (text) => {
      expect(canonical(text)).toBe(text);
    },
  );
});
