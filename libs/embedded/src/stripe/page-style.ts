const colours = `
:root{--ink:#1a1f36;--soft:#5b6478;--line:#d5dbe4;--paper:#fff;--ground:#f5f7fa;--brand:#4f46e5;--brand-dark:#4338ca;--bad:#b3123c;--bad-soft:#fdf0f3;--good:#0b6b4f;--good-soft:#e8f7f1;--wait:#8a5300;--wait-soft:#fff5e2}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
a{color:var(--brand)}
h1,h2{line-height:1.25;margin:0}
:focus-visible{outline:3px solid #a5b4fc;outline-offset:2px}
.badge{display:inline-block;padding:.05rem .55rem;border-radius:1rem;background:#e7ebf1;color:#3c4257;font-size:.8rem;font-weight:600;white-space:nowrap}
.badge.good{background:var(--good-soft);color:var(--good)}
.badge.bad{background:var(--bad-soft);color:var(--bad)}
.badge.wait{background:var(--wait-soft);color:var(--wait)}
button{font:inherit;cursor:pointer;border-radius:8px;padding:.7rem 1rem;border:1px solid var(--line);background:var(--paper);color:var(--ink)}
button.main{background:var(--brand);border-color:var(--brand);color:#fff;font-weight:600}
button.main:hover{background:var(--brand-dark)}
`;

export const payStyle = `${colours}
main{display:grid;grid-template-columns:1fr 1fr;min-height:100vh}
.order{background:#1e1b4b;color:#fff;padding:3rem clamp(1.5rem,6vw,6rem);display:flex;flex-direction:column;align-items:flex-end}
.form{background:var(--paper);padding:3rem clamp(1.5rem,6vw,6rem)}
.order>div,.form>*{width:100%;max-width:27rem}
.merchant{display:flex;align-items:center;gap:.6rem;font-weight:600}
.merchant .badge{background:#fde68a;color:#5c3a00;text-transform:uppercase;letter-spacing:.04em;font-size:.7rem}
.due{margin:2rem 0 .25rem;color:#c7d2fe}
p.total{margin:0;font-size:2.4rem;font-weight:700;letter-spacing:-.02em}
.lines{list-style:none;margin:2rem 0 0;padding:0}
.lines li{display:flex;justify-content:space-between;gap:1rem;padding:.75rem 0;border-bottom:1px solid #ffffff26}
.lines small{display:block;color:#c7d2fe}
.sum{display:flex;justify-content:space-between;padding:.9rem 0;font-weight:600}
.form h1{font-size:1.25rem;margin-bottom:1.25rem}
label{display:block;font-size:.875rem;font-weight:600;margin:0 0 .3rem}
.field{margin-bottom:1rem}
input{width:100%;font:inherit;color:inherit;padding:.65rem .75rem;border:1px solid #8792a2;border-radius:8px;background:#fff}
input[readonly]{background:var(--ground);color:var(--soft)}
input[aria-invalid=true]{border-color:var(--bad);box-shadow:0 0 0 1px var(--bad)}
.hint{font-size:.85rem;color:var(--soft);margin:.3rem 0 0}
.wrong{font-size:.875rem;color:var(--bad);margin:.3rem 0 0}
.two{display:grid;grid-template-columns:1fr 1fr;gap:1rem}
.alert{border:1px solid #f0b8c6;background:var(--bad-soft);color:var(--bad);border-radius:8px;padding:.75rem 1rem;margin-bottom:1.25rem}
.form .main{width:100%;margin-top:.5rem;padding:.85rem}
.others{display:grid;grid-template-columns:1fr 1fr;gap:.75rem;margin-top:.75rem}
.others button{font-size:.9rem}
details{margin-top:1.75rem;font-size:.875rem;color:var(--soft)}
summary{cursor:pointer}
code{font-size:.9em;background:var(--ground);padding:.1rem .3rem;border-radius:4px;white-space:nowrap}
details td{padding:.25rem 1rem .25rem 0}
.notice{max-width:30rem;margin:18vh auto 0;background:var(--paper);border:1px solid var(--line);border-radius:14px;padding:2.5rem;text-align:center}
.notice h1{font-size:1.5rem}
.notice p{color:var(--soft);margin:.75rem 0 1.5rem}
.notice a{font-weight:600}
@media(max-width:760px){main{grid-template-columns:1fr}.order{align-items:stretch;padding-bottom:2rem}.order>div,.form>*{max-width:none}}
`;

export const homeStyle = `${colours}
header{background:#1e1b4b;color:#fff;padding:1.5rem clamp(1rem,4vw,3rem)}
header h1{font-size:1.4rem}
header p{margin:.3rem 0 0;color:#c7d2fe}
.all{padding:1.5rem clamp(1rem,4vw,3rem) 3rem;display:grid;gap:1.5rem;max-width:90rem}
section{background:var(--paper);border:1px solid var(--line);border-radius:12px;padding:1.25rem;overflow-x:auto}
h2{font-size:1.05rem;margin-bottom:.75rem}
table{border-collapse:collapse;width:100%;font-size:.9rem}
th{text-align:left;color:var(--soft);font-weight:600;font-size:.8rem}
th,td{padding:.5rem .75rem .5rem 0;border-bottom:1px solid var(--line);vertical-align:top}
tr:last-child td{border-bottom:0}
td.number,th.number{text-align:right}
.id{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.8rem;color:var(--soft)}
.faults{display:flex;flex-wrap:wrap;gap:1rem 1.5rem;align-items:end}
.faults label{display:grid;gap:.25rem;font-size:.85rem;font-weight:600}
.faults input[type=number]{width:9rem;font:inherit;padding:.45rem .6rem;border:1px solid #8792a2;border-radius:8px}
.faults label.switch{display:flex;align-items:center;gap:.5rem;padding:.5rem 0}
td button{padding:.25rem .7rem;font-size:.85rem}
.none{color:var(--soft);margin:0}
`;
