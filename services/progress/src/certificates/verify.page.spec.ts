import { prefersJson } from './verify.controller.js';

it('JSON is for whoever prefers it; everybody else gets the page', () => {
  for (const accept of ['application/json', 'APPLICATION/JSON', 'application/json, text/html;q=0.9', 'application/*'])
    expect(prefersJson(accept)).toBe(true);
  for (const accept of [
    undefined,
    '*/*',
    'text/html',
    'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
    'application/json;q=0.1, text/html',
    'application/json, text/html',
    'application/json;q=0',
    'nonsense;q=x',
    '',
  ])
    expect(prefersJson(accept)).toBe(false);
});
