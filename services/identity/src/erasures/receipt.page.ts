import { escaped, page } from '../pages/page.js';
import { type Erasure, missing } from './erasure.js';

const listed = (items: readonly string[]): string => `<ul>${items.map((item) => `<li>${item}</li>`).join('')}</ul>`;

/** What became of somebody's data. Nothing in it tells who that was. */
export function receiptPage(erasure: Erasure): string {
  const waiting = missing(erasure);
  const intro =
    waiting.length === 0
      ? '<p role="status">Everything is done. No part of the platform knows who you are any more.</p>'
      : `<p role="status">Still at it: ${escaped(waiting.join(', '))}. Come back later; this page will tell.</p>`;
  const services = erasure.receipts.map(({ service, erased, kept, at }) => {
    const gone = erased.map(({ what, count }) => `${escaped(what)}: ${count}`);
    const stays = kept.map(
      ({ what, why, until }) =>
        `<strong>Kept: ${escaped(what)}</strong>, under a number that leads to nobody. ${escaped(why)}${until ? ` Until ${escaped(until.slice(0, 10))}.` : ''}`,
    );
    const all = [...gone, ...stays];
    const body = all.length > 0 ? listed(all) : '<p>It held nothing about you.</p>';
    return `<h2>${escaped(service)}</h2><p>${at.toISOString().slice(0, 16).replace('T', ' ')} UTC</p>${body}`;
  });
  return page('Receipt of your erasure', `${intro}${services.join('')}`);
}

export const noReceiptPage = (): string =>
  page('This link does not work', '<p role="alert">It is not as it stood in our last mail to you.</p>');
