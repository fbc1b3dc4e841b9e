/**
 * The one layout of our mails. Tables and inline styles because that is what mail programs understand; nothing is loaded
 * from anywhere. The colours hold their contrast also where a program inverts them.
 */
export const htmlLayout = `<!doctype html>
<html lang="{{ locale }}" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>{{ subject }}</title>
<style>
@media (prefers-color-scheme: dark) {
  .page { background-color: #14181f !important; }
  .card { background-color: #1e242e !important; border-color: #333c4a !important; }
  .text, .heading, .value { color: #eef1f5 !important; }
  .quiet, .label, .brand { color: #b4bfcd !important; }
  .row { border-color: #333c4a !important; }
  .plain-link { color: #9db8ff !important; }
}
@media (max-width: 600px) { .card-cell { padding: 28px 20px !important; } }
</style>
</head>
<body class="page" style="margin:0;padding:0;background-color:#f1f3f7;">
<div style="display:none;max-height:0;overflow:hidden;">{{ lines[0] }}</div>
<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" border="0" style="background-color:#f1f3f7;">
<tr><td align="center" style="padding:32px 12px;">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:560px;">
<tr><td class="brand" style="padding:0 4px 16px;font-family:Georgia,'Times New Roman',serif;font-size:22px;letter-spacing:0.5px;color:#27406f;">Lyceum</td></tr>
<tr><td class="card" style="background-color:#ffffff;border:1px solid #dde2ea;border-radius:10px;">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0">
<tr><td class="card-cell" style="padding:36px 40px;font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;">
<h1 class="heading" style="margin:0 0 20px;font-size:24px;line-height:1.3;font-weight:600;color:#16202e;overflow-wrap:anywhere;">{{ heading }}</h1>
<p class="text" style="margin:0 0 14px;font-size:16px;line-height:1.6;color:#2b3647;overflow-wrap:anywhere;">{{ greeting }}</p>
{%- for line in lines %}
<p class="text" style="margin:0 0 14px;font-size:16px;line-height:1.6;color:#2b3647;overflow-wrap:anywhere;">{{ line }}</p>
{%- endfor %}
{%- if facts.size > 0 %}
<table width="100%" cellpadding="0" cellspacing="0" border="0" style="margin:10px 0 18px;border-collapse:collapse;">
{%- for fact in facts %}
<tr>
<th scope="row" class="label row" align="left" valign="top" style="padding:10px 16px 10px 0;border-bottom:1px solid #e4e8ee;font-size:14px;line-height:1.5;font-weight:400;color:#56637a;white-space:nowrap;">{{ fact.label }}</th>
<td class="value row" align="right" valign="top" style="padding:10px 0;border-bottom:1px solid #e4e8ee;font-size:14px;line-height:1.5;font-weight:600;color:#16202e;overflow-wrap:anywhere;">{{ fact.value }}</td>
</tr>
{%- endfor %}
</table>
{%- endif %}
{%- if action %}
<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin:22px 0;">
<tr><td style="background-color:#2f55c4;border-radius:8px;"><a href="{{ action.url }}" style="display:inline-block;padding:14px 26px;font-size:16px;font-weight:600;color:#ffffff;text-decoration:none;">{{ action.label }}</a></td></tr>
</table>
<p class="quiet" style="margin:0 0 14px;font-size:13px;line-height:1.6;color:#56637a;">{{ linkHint }}<br><a class="plain-link" href="{{ action.url }}" style="color:#2f55c4;word-break:break-all;">{{ action.url }}</a></p>
{%- endif %}
{%- if note %}
<p class="quiet" style="margin:18px 0 0;font-size:13px;line-height:1.6;color:#56637a;overflow-wrap:anywhere;">{{ note }}</p>
{%- endif %}
</td></tr>
</table>
</td></tr>
<tr><td class="quiet" style="padding:18px 4px 0;font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;font-size:12px;line-height:1.6;color:#56637a;">{{ footer }}</td></tr>
</table>
</td></tr>
</table>
</body>
</html>
`;

export const textLayout = `{{ heading }}

{{ greeting }}
{% for line in lines %}
{{ line }}
{% endfor -%}
{% if facts.size > 0 %}
{% for fact in facts -%}
{{ fact.label }}: {{ fact.value }}
{% endfor -%}
{% endif -%}
{% if action %}
{{ action.label }}:
{{ action.url }}
{% endif -%}
{% if note %}
{{ note }}
{% endif %}
--
{{ footer }}
`;
