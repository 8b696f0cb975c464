export const entranceStyle = `
  :root { color-scheme: light dark; }
  body { font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem; }
  code { font-size: 0.95em; }
  dt { margin-top: 0.75rem; }
  dd { margin-left: 1.5rem; }
`

/** What somebody finds who opens the address of the API in a browser. Static: it says nothing about this relay. */
export const entrancePage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Sluice: HTTP API of a mail relay</title>
<link rel="icon" href="data:,">
<style>${entranceStyle}</style>
</head>
<body>
<h1>Sluice</h1>
<p>This is the HTTP API of a Sluice mail relay. Programs use it to look at messages in the queue, and to retry, hold,
release or purge them. There is nothing to see here without an API key.</p>
<dl>
<dt><a href="/api/v1/openapi.json"><code>/api/v1/openapi.json</code></a></dt>
<dd>The description of the API (OpenAPI 3.1). No key is needed.</dd>
<dt><code>/api/v1/…</code></dt>
<dd>The API. Send a key with each request: <code>Authorization: Bearer sk_…</code>. The operator of the relay creates one
with <code>npx sluice key add</code>.</dd>
<dt><a href="/livez"><code>/livez</code></a>, <a href="/readyz"><code>/readyz</code></a></dt>
<dd>Health checks for supervisors and load balancers. No key is needed.</dd>
</dl>
<p>In a terminal on the relay's machine, <code>npx sluice help</code> lists what can be done without this API.</p>
</body>
</html>
`
