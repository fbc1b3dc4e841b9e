/** One sheet for both pages; follows the reader's colour scheme, contrast at least 4.5:1 in both. */
export const STYLE = `
:root { color-scheme: light dark; --paper: #fff; --ground: #f4f5f8; --ink: #1b1f2a; --soft: #5a6172; --line: #dfe2ea; --accent: #3346b8; --accent-ink: #fff; --tint: #eceffc; }
@media (prefers-color-scheme: dark) { :root { --paper: #191c24; --ground: #101218; --ink: #e8eaf1; --soft: #a2a9ba; --line: #2d323f; --accent: #9fb0ff; --accent-ink: #10132a; --tint: #232a45; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
a { color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
.site { display: flex; align-items: center; justify-content: space-between; gap: 1rem; padding: .75rem clamp(1rem, 4vw, 2.5rem); background: var(--paper); border-bottom: 1px solid var(--line); }
.site a { display: flex; align-items: center; gap: .6rem; color: inherit; font-weight: 650; text-decoration: none; }
.mark { display: grid; place-items: center; width: 1.9rem; height: 1.9rem; border-radius: .5rem; background: var(--accent); color: var(--accent-ink); font: 700 1.1rem Georgia, serif; }
.note, .count, .refresh { color: var(--soft); font-size: .875rem; }
main { max-width: 64rem; margin: 0 auto; padding: clamp(1rem, 4vw, 2.5rem); }
h1 { margin: 0; font-size: 1.6rem; line-height: 1.25; letter-spacing: -.01em; overflow-wrap: anywhere; }
h2 { margin: 0 0 .6rem; font-size: .95rem; color: var(--soft); }
.bar { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem 1rem; margin-bottom: 1.25rem; }
.count { margin: .35rem auto 0 0; }
form { display: flex; align-items: center; gap: .5rem; margin: 0; }
label { font-size: .875rem; color: var(--soft); }
input, button { font: inherit; padding: .4rem .75rem; border-radius: .5rem; border: 1px solid var(--line); background: var(--paper); color: var(--ink); }
input { width: 15rem; max-width: 100%; border-color: var(--soft); }
button { background: var(--accent); border-color: var(--accent); color: var(--accent-ink); font-weight: 600; cursor: pointer; }
button.quiet { background: transparent; color: var(--ink); border-color: var(--soft); font-weight: 400; }
.mails, .files { list-style: none; margin: 0; padding: 0; }
.mails { background: var(--paper); border: 1px solid var(--line); border-radius: .75rem; overflow: hidden; }
.mails li + li { border-top: 1px solid var(--line); }
.mails a { display: grid; grid-template-columns: minmax(8rem, 14rem) 1fr auto; gap: 1rem; align-items: baseline; padding: .8rem 1.1rem; color: inherit; text-decoration: none; }
.mails a:hover, .mails a:focus-visible { background: var(--tint); outline-offset: -3px; }
.who, .what { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.preview { color: var(--soft); margin-left: .4rem; }
.when { color: var(--soft); font-size: .875rem; font-variant-numeric: tabular-nums; white-space: nowrap; }
.tag { display: inline-block; padding: 0 .55rem; border-radius: 1rem; background: var(--tint); font-size: .8rem; }
.empty { padding: 4rem 1rem; text-align: center; background: var(--paper); border: 1px dashed var(--line); border-radius: .75rem; }
.empty h2 { font-size: 1.2rem; color: var(--ink); }
.empty p { margin: 0; color: var(--soft); }
.back { display: inline-block; margin-bottom: 1rem; text-decoration: none; }
article { background: var(--paper); border: 1px solid var(--line); border-radius: .75rem; overflow: hidden; }
.mail-head { padding: 1.5rem; }
dl { margin: 1rem 0 0; display: grid; gap: .25rem; }
dl div { display: grid; grid-template-columns: 6.5rem 1fr; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
.address + .address::before { content: "· "; color: var(--soft); }
section { padding: 1.25rem 1.5rem 1.5rem; border-top: 1px solid var(--line); }
iframe { width: 100%; height: 32rem; border: 1px solid var(--line); border-radius: .5rem; background: #fff; color-scheme: light; resize: vertical; }
pre { margin: 0; padding: 1rem; border-radius: .5rem; background: var(--ground); white-space: pre-wrap; overflow-wrap: anywhere; font: .9rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
table { width: 100%; border-collapse: collapse; font-size: .9rem; }
th, td { padding: .35rem .75rem .35rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
thead th { color: var(--soft); font-weight: 500; }
tbody th { font-weight: 500; width: 35%; }
@media (max-width: 40rem) { .mails a { grid-template-columns: 1fr; gap: .1rem; } .what { white-space: normal; display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; } .site .note { display: none; } dl div { grid-template-columns: 1fr; margin-bottom: .4rem; } }
`;
