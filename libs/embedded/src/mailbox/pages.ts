import { type Html, html } from './html.js';
import type { Address, Mail } from './mail.js';

const REFRESH_SECONDS = 5;

export function inboxPage(mails: readonly Mail[], { to, refreshing }: { to: string; refreshing: boolean }): Html {
  const count = `${mails.length} ${mails.length === 1 ? 'message' : 'messages'}`;
  const query = to ? `?to=${encodeURIComponent(to)}` : '?';
  const separator = to ? '&' : '';
  return layout({
    title: `Inbox (${mails.length})`,
    refresh: refreshing,
    body: html` <div class="bar">
        <h1>Inbox</h1>
        <p class="count">${count}${to ? ` for ${to}` : ''}</p>
        <form class="search" role="search" action="/" method="get">
          <label for="to">Recipient</label>
          <input
            id="to"
            name="to"
            type="search"
            value="${to}"
            placeholder="name@example.com"
            autocomplete="off"
            spellcheck="false"
          />
          <button>Show</button>
        </form>
        <form action="/clear" method="post"><button class="quiet">Delete all</button></form>
      </div>
      ${
        mails.length === 0
          ? html`<div class="empty">
              <h2>Nothing here yet</h2>
              <p>Mails that the platform sends appear on this page.</p>
            </div>`
          : html`<ul class="mails">
              ${mails.map(row)}
            </ul>`
      }
      <p class="refresh">
        ${
          refreshing
            ? html`This page reloads every ${REFRESH_SECONDS} seconds.
                <a href="/${query}${separator}refresh=off">Pause</a>`
            : html`Reloading is paused. <a href="/${query}">Resume</a>`
        }
      </p>`,
  });
}

export function messagePage(mail: Mail): Html {
  const headers = Object.entries(mail.headers);
  const facts = [
    ...headers,
    ...Object.entries(mail.customArgs).map(([name, value]) => [`${name} (custom argument)`, value] as const),
  ];
  return layout({
    title: mail.subject || 'No subject',
    refresh: false,
    body: html` <nav aria-label="Back"><a class="back" href="/">← Inbox</a></nav>
      <article>
        <header class="mail-head">
          <h1>${mail.subject || 'No subject'}</h1>
          <dl>
            ${line('From', [mail.from])} ${line('To', mail.to)} ${line('Cc', mail.cc)} ${line('Bcc', mail.bcc)}
            ${line('Reply to', mail.replyTo)}
            <div>
              <dt>Received</dt>
              <dd>${time(mail.receivedAt)}</dd>
            </div>
            ${
              mail.sendAt !== undefined &&
              html`<div>
                <dt>Send at</dt>
                <dd>${time(mail.sendAt)}</dd>
              </div>`
            }
            ${
              mail.categories.length > 0 &&
              html`<div>
                <dt>Categories</dt>
                <dd>${mail.categories.map((category) => html`<span class="tag">${category}</span> `)}</dd>
              </div>`
            }
          </dl>
        </header>
        ${mail.attachments.length > 0 && attachments(mail)}
        ${
          mail.html !== undefined &&
          html`<section aria-labelledby="html-part">
            <h2 id="html-part">HTML</h2>
            <iframe
              title="HTML part of the mail"
              src="/messages/${mail.id}/html"
              sandbox="allow-popups allow-popups-to-escape-sandbox"
              referrerpolicy="no-referrer"
            ></iframe>
          </section>`
        }
        ${
          mail.text !== undefined &&
          html`<section aria-labelledby="text-part">
            <h2 id="text-part">Text</h2>
            <pre tabindex="0">${linked(mail.text)}</pre>
          </section>`
        }
        ${
          mail.templateId !== undefined &&
          html`<section aria-labelledby="template">
            <h2 id="template">Template ${mail.templateId}</h2>
            <pre tabindex="0">${JSON.stringify(mail.templateData ?? {}, null, 2)}</pre>
          </section>`
        }
        ${
          facts.length > 0 &&
          html`<section aria-labelledby="headers">
            <h2 id="headers">Headers</h2>
            <table>
              <thead>
                <tr>
                  <th scope="col">Name</th>
                  <th scope="col">Value</th>
                </tr>
              </thead>
              <tbody>
                ${facts.map(
                  ([name, value]) =>
                    html`<tr>
                      <th scope="row">${name}</th>
                      <td>${value}</td>
                    </tr>`,
                )}
              </tbody>
            </table>
          </section>`
        }
      </article>`,
  });
}

export function missingPage(): Html {
  return layout({
    title: 'Not here',
    refresh: false,
    body: html`<div class="empty">
      <h1>This mail is not here</h1>
      <p>It may have been deleted. <a href="/">Back to the inbox</a></p>
    </div>`,
  });
}

function layout({ title, refresh, body }: { title: string; refresh: boolean; body: Html }): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        ${refresh && html`<meta http-equiv="refresh" content="${REFRESH_SECONDS}" />`}
        <title>${title} · Lyceum mailbox</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="/style.css" />
      </head>
      <body>
        <header class="site">
          <a href="/"><span aria-hidden="true" class="mark">L</span> Lyceum mailbox</a
          ><span class="note">local · nothing leaves this machine</span>
        </header>
        <main>${body}</main>
      </body>
    </html>`;
}

function row(mail: Mail): Html {
  const preview = (mail.text ?? (mail.html ?? '').replace(/<style[\s\S]*?<\/style>|<[^>]*>/gi, ' '))
    .replace(/\s+/g, ' ')
    .trim();
  return html`<li>
    <a href="/messages/${mail.id}">
      <span class="who">${mail.to.map((address) => address.name ?? address.email).join(', ')}</span>
      <span class="what"
        ><strong>${mail.subject || 'No subject'}</strong
        >${mail.attachments.length > 0 && html` <span class="tag">${mail.attachments.length} attached</span>`}
        <span class="preview">${preview.slice(0, 160)}</span></span
      >
      <span class="when">${time(mail.receivedAt)}</span>
    </a>
  </li>`;
}

function line(label: string, addresses: readonly Address[]): Html | undefined {
  if (addresses.length === 0) return undefined;
  const people = addresses.map(
    ({ name, email }) => html`<span class="address">${name !== undefined && html`<b>${name}</b> `}${email}</span> `,
  );
  return html`<div>
    <dt>${label}</dt>
    <dd>${people}</dd>
  </div>`;
}

function attachments(mail: Mail): Html {
  return html`<section aria-labelledby="attachments">
    <h2 id="attachments">Attachments</h2>
    <ul class="files">
      ${mail.attachments.map(
        ({ filename, type, size }, i) =>
          html`<li>
            <a href="/messages/${mail.id}/attachments/${i}" download>${filename}</a>
            <span class="note">${type}, ${bytes(size)}</span>
          </li>`,
      )}
    </ul>
  </section>`;
}

const time = (iso: string) => html`<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC</time>`;
const bytes = (size: number) =>
  size < 1024
    ? `${size} B`
    : size < 1024 ** 2
      ? `${(size / 1024).toFixed(1)} KiB`
      : `${(size / 1024 ** 2).toFixed(1)} MiB`;

/** Plain text with its web addresses made clickable. */
const linked = (text: string) =>
  text
    .split(/(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]])/)
    .map((piece, i) =>
      i % 2 === 0 ? html`${piece}` : html`<a href="${piece}" target="_blank" rel="noopener noreferrer">${piece}</a>`,
    );
