import type { RunFile } from '../config/run-files.ts'

export interface BannerFacts {
  run: RunFile
  readyMs: number
  dataDir: string
  /** The file with login and key, where a first start made them. */
  firstRunFile: string | null
}

const tlsWords = { starttls: 'STARTTLS', implicit: 'TLS from the start' }

/** What a start prints when all is ready; it holds no secret. */
export function banner({ run, readyMs, dataDir, firstRunFile }: BannerFacts): string {
  // Without the login of a first start send-test needs --account, and which one only the owner knows.
  const sendTest: [string, string][] =
    firstRunFile === null ? [] : [['Send a test', 'npx sluice send-test you@example.org']]
  const facts: [string, string][] = [
    ['Route', routeWords(run.route)],
    ...run.submission.map(({ address, port, tls }): [string, string] => [
      'SMTP',
      `${address.includes(':') ? `[${address}]` : address}:${port} (${tlsWords[tls]})`,
    ]),
    ...run.api.map(({ url }): [string, string] => ['API', `${url}/api/v1`]),
    ['Login and key', firstRunFile ?? 'your own; npx sluice account list shows the logins'],
    ['Data and logs', dataDir],
    ...sendTest,
    ['See the queue', 'npx sluice mailq'],
    ['Stop', 'Ctrl-C'],
  ]
  const seconds = (readyMs / 1000).toFixed(1)
  const title = `Sluice ${run.version} is ready in ${seconds} s`
  return ['', title, '', ...facts.map(([what, is]) => `  ${what.padEnd(15)}${is}`), '', ''].join(
    '\n',
  )
}

function routeWords(route: string): string {
  if (route === 'sandbox')
    return 'sandbox: nothing leaves, all mail is swallowed by a server inside'
  if (route === 'mx') return 'mx: real mail to the world, each domain by its MX hosts'
  return `${route}: all mail goes to this host`
}
