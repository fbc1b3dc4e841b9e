import { readForm } from './form.js';

test('brackets nest, positions make lists, encoded or not', () => {
  expect(readForm('a=1&b[c]=x+y&b%5Bd%5D%5B0%5D=2&b[d][1]=3&e[]=4&e[]=5')).toEqual({
    a: '1',
    b: { c: 'x y', d: { 0: '2', 1: '3' } },
    e: { 0: '4', 1: '5' },
  });
});

test.each(['a=1&a[b]=2', 'a[b]=1&a=2', '[a]=1', 'a[b=1', 'a[b]c=1', `a${'[b]'.repeat(9)}=1`])(
  '%s is refused',
  (text) => {
    expect(() => readForm(text)).toThrow(/parameter/i);
  },
);

test('names of the language are ordinary names', () => {
  const form = readForm('__proto__[polluted]=1&constructor[prototype][x]=1');
  expect(Object.keys(form)).toEqual(['__proto__', 'constructor']);
  expect({}).not.toHaveProperty('polluted');
});
