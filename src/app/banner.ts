import type { RunFile } from '../config/run-files.ts'
import { second, type Millis } from '../time/clock.ts'

export interface BannerFacts {
  run: RunFile
  /** From the command to the answer of the last process. */
  readyMs: Millis
  /** How much of it the launcher needed, such as for downloads. */
  setupMs: Millis
  /** The certificate that the relay made for itself; null: it has one of an authority. */
  selfSignedCert: string | null
  dataDir: string
  /** The file with login and key, where a first start made them. */
  firstRunFile: string | null
}

const tlsWords = { starttls: 'STARTTLS', implicit: 'TLS from the start' }

/** What a start prints when all is ready; it holds no secret. */
export function banner(facts: BannerFacts): string {
  const { run, dataDir, firstRunFile, selfSignedCert } = facts
  const lines: [string, string][] = [
    ['Route', routeWords(run.route)],
    ...run.submission.map(({ address, port, tls }): [string, string] => [
      'SMTP',
      `${address.includes(':') ? `[${address}]` : address}:${port} (${tlsWords[tls]})`,
    ]),
    ['Certificate', selfSignedCert ? `${selfSignedCert} (self-signed: trust this file)` : ''],
    ...run.api.map(({ url }): [string, string] => ['API', `${url}/api/v1`]),
    ['Login and key', firstRunFile ?? 'your own; npx sluice account list shows the logins'],
    ['Data and logs', dataDir],
    // Without the login of a first start send-test needs --account, and which one only the owner knows.
    ['Send a test', firstRunFile === null ? '' : 'npx sluice send-test you@example.org'],
    ['See the queue', 'npx sluice mailq'],
    ['Stop', 'Ctrl-C'],
  ]
  const said = lines.filter(([, is]) => is !== '')
  const title = `Sluice ${run.version} is ready in ${timeWords(facts)}`
  return ['', title, '', ...said.map(([what, is]) => `  ${what.padEnd(15)}${is}`), '', ''].join(
    '\n',
  )
}

/** A start that had to fetch things says so: the next one takes a second or two. */
const timeWords = ({ readyMs, setupMs }: BannerFacts): string =>
  setupMs < 5 * second
    ? seconds(readyMs)
    : `${seconds(readyMs)} (${seconds(setupMs)} of it for setup)`

const seconds = (ms: Millis): string => `${(ms / second).toFixed(1)} s`

function routeWords(route: string): string {
  if (route === 'sandbox')
    return 'sandbox: nothing leaves, all mail is swallowed by a server inside'
  if (route === 'mx') return 'mx: real mail to the world, each domain by its MX hosts'
  return `${route}: all mail goes to this host`
}
