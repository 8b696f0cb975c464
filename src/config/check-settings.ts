import { accessSync, constants, readFileSync } from 'node:fs'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { isFullyQualified } from '../words/host-name.ts'
import {
  areOneListener,
  isLoopbackHost,
  isPrivateAddress,
  parseListenAddress,
  type ListenAddress,
} from './listen-address.ts'
import { isWide, parseNetwork } from './network.ts'
import { parseRoute } from '../words/route.ts'
import type { SettingProblem } from './setting-kinds.ts'
import type { SettingKey, SettingValues } from './settings.ts'

export type KeyProblem = SettingProblem & { key: SettingKey }

const complain = (key: SettingKey, problem: string, mend: string): KeyProblem[] => [
  { key, problem, mend },
]

/** What can't be checked in single values: whether they go together, and whether the files that they name can be used. */
export const checkSettings = (values: SettingValues): KeyProblem[] =>
  [
    checkListeners(values),
    checkCertificate(values),
    checkApi(values),
    checkMetrics(values),
    checkHostname(values),
    checkNeedForCertificate(values),
    checkNetworks(values),
    checkTimes(values),
  ].flat()

const listensBeyondLoopback = (addresses: readonly string[]): string | undefined =>
  addresses.find((text) => !isLoopbackHost(parseListenAddress(text)?.address ?? ''))

const submissionAddresses = (values: SettingValues) => [
  ...values['submission.listen'],
  ...values['submission.listen_tls'],
]

function checkListeners(values: SettingValues): KeyProblem[] {
  if (submissionAddresses(values).length === 0) {
    return complain(
      'submission.listen',
      'is empty, and so is submission.listen_tls',
      'write for example "127.0.0.1:2587"',
    )
  }
  if (values['api.listen'].length === 0) {
    return complain('api.listen', 'is empty', 'write for example "127.0.0.1:8080"')
  }
  const seen: { text: string; address: ListenAddress }[] = []
  for (const key of [
    'submission.listen',
    'submission.listen_tls',
    'api.listen',
    'metrics.listen',
  ] as const) {
    for (const text of values[key]) {
      const address = parseListenAddress(text)
      if (!address) continue
      const twin = seen.find((one) => areOneListener(one.address, address))
      if (twin?.text === text) {
        return complain(key, `${text} is named twice`, 'remove one, or write another port')
      }
      if (twin) {
        const problem = `${text} and ${twin.text} can't both be listened on`
        return complain(key, problem, 'write one of them, or another port')
      }
      seen.push({ text, address })
    }
  }
  return []
}

function checkCertificate(values: SettingValues): KeyProblem[] {
  const { 'tls.cert': cert, 'tls.key': key } = values
  if (cert === null && key === null) return []
  if (cert === null)
    return complain('tls.cert', 'is missing, while tls.key is set', 'name the certificate, too')
  if (key === null)
    return complain('tls.key', 'is missing, while tls.cert is set', 'name the private key, too')
  const unreadable = [...checkReadable('tls.cert', cert), ...checkReadable('tls.key', key)]
  if (unreadable.length > 0) return unreadable
  try {
    const pair = new X509Certificate(readFileSync(cert))
    if (pair.checkPrivateKey(createPrivateKey(readFileSync(key)))) return []
    return complain('tls.key', `is not the key of ${cert}`, 'name the key that belongs to it')
  } catch {
    return complain(
      'tls.cert',
      `${cert} and ${key} are not a certificate and its key in PEM`,
      'name PEM files',
    )
  }
}

function checkReadable(key: 'tls.cert' | 'tls.key', file: string): KeyProblem[] {
  try {
    accessSync(file, constants.R_OK)
    return []
  } catch {
    return complain(key, `${file} can't be read`, 'name a file that exists and this user may read')
  }
}

function checkApi(values: SettingValues): KeyProblem[] {
  const beyond = listensBeyondLoopback(values['api.listen'])
  if (beyond !== undefined && !values['api.tls']) {
    const mend = 'write an address on loopback ("127.0.0.1:8080"), or set api.tls = true'
    return complain(
      'api.listen',
      `${beyond} is not on loopback, and API keys would be sent in the clear`,
      mend,
    )
  }
  if (beyond !== undefined && values['tls.cert'] === null) {
    const mend = 'name one in tls.cert and tls.key, or listen on loopback'
    return complain('api.listen', `${beyond} can't be served without a certificate`, mend)
  }
  return []
}

/** The metrics listener needs no key, and the metrics name the providers that mail is sent to. */
function checkMetrics(values: SettingValues): KeyProblem[] {
  const open = values['metrics.listen'].find(
    (text) => !isPrivateAddress(parseListenAddress(text)?.address ?? ''),
  )
  if (open === undefined) return []
  const problem = `${open} is neither on loopback nor on a private network, and no key is asked for there`
  const mend = 'write "127.0.0.1:9125", or leave it empty and scrape the API with a key'
  return complain('metrics.listen', problem, mend)
}

function checkHostname(values: SettingValues): KeyProblem[] {
  if (values['delivery.route'] !== 'mx' || isFullyQualified(values.hostname)) return []
  const problem = `"${values.hostname}" is not fully qualified, and receivers refuse such a name`
  return complain('hostname', problem, 'write the name that the machine has in DNS')
}

/** A self-signed certificate is made where all is on loopback; but who sends real mail should not have to find out. */
function checkNeedForCertificate(values: SettingValues): KeyProblem[] {
  if (values['tls.cert'] !== null || values['tls.key'] !== null) return []
  const route = parseRoute(values['delivery.route'])
  const beyond = listensBeyondLoopback(submissionAddresses(values))
  if (beyond !== undefined) {
    const key = values['submission.listen'].includes(beyond)
      ? 'submission.listen'
      : 'submission.listen_tls'
    const mend = 'name a certificate in tls.cert and tls.key, or listen on loopback'
    return complain(key, `${beyond} can't be served without a certificate`, mend)
  }
  const leaves =
    route?.kind === 'mx' || (route?.kind === 'smarthost' && !isLoopbackHost(route.host))
  // Software of this machine that is trusted needs no login
  if (!leaves || values['relay.trusted_networks'].length > 0) return []
  const problem = `"${values['delivery.route']}" sends real mail, and software that checks certificates can't log in without a certificate`
  return complain(
    'delivery.route',
    problem,
    'name one in tls.cert and tls.key, or list this machine in relay.trusted_networks',
  )
}

const checkNetworks = (values: SettingValues): KeyProblem[] => [
  ...tooWide(values['relay.trusted_networks'], values['relay.allow_wide']).flatMap((text) =>
    complain(
      'relay.trusted_networks',
      `${text} is wider than ${widest(text)}: all of it could relay`,
      `write a narrower one, or list "${text}" in relay.allow_wide, too`,
    ),
  ),
  ...tooWide(values['api.trusted_proxies'], []).flatMap((text) =>
    complain(
      'api.trusted_proxies',
      `${text} is wider than ${widest(text)}: all of it could claim to be any other address`,
      'write the addresses of the proxies',
    ),
  ),
]

const tooWide = (networks: readonly string[], allowed: readonly string[]): string[] =>
  networks.filter((text) => {
    const network = parseNetwork(text)
    return network !== null && isWide(network) && !allowed.includes(text)
  })

const widest = (text: string): string => (parseNetwork(text)?.family === 'ipv6' ? '/32' : '/16')

function checkTimes(values: SettingValues): KeyProblem[] {
  const complaints: KeyProblem[] = []
  const atMost = (key: TimeKey | 'retention.delivered_content', bound: TimeKey): void => {
    if ((values[key] ?? 0) <= values[bound]) return
    complaints.push({ key, problem: `is longer than ${bound}`, mend: `write at most ${bound}` })
  }
  atMost('delivery.retry_first', 'delivery.retry_longest')
  atMost('retention.delivered_content', 'retention.records')
  atMost('retention.failed_content', 'retention.records')
  return complaints
}

type TimeKey = {
  [K in SettingKey]: SettingValues[K] extends number ? K : never
}[SettingKey]
