import { X509Certificate, type KeyObject } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { lookup } from 'node:dns/promises'
import { networkInterfaces } from 'node:os'
import { day, type Millis } from '../time/clock.ts'
import type { SettingsProblem } from './settings-error.ts'
import type { Settings } from './settings.ts'

/** Authorities renew a certificate a month before its end, so this is one whose renewal has failed. */
const endsSoonMs = 14 * day
/** NIST SP 800-131A: what is shorter is no longer allowed, and clients refuse it. */
const leastRsaBits = 2048

/** What will cause trouble although the relay runs with it. Reads the files that the settings name, which must be readable. */
export const settingsWarnings = (settings: Settings, now: Millis): SettingsProblem[] => [
  ...certificateWarnings(settings, now),
  ...keyWarnings(settings),
  ...routeWarnings(settings),
]

function certificateWarnings({ tls }: Settings, now: Millis): SettingsProblem[] {
  if (tls === null) return []
  const certificate = new X509Certificate(readFileSync(tls.cert))
  const left = certificate.validToDate.getTime() - now
  const end = certificate.validToDate.toISOString()
  const renew = 'renew it'
  const warnings: SettingsProblem[] = []
  const warn = (problem: string, mend: string) =>
    warnings.push({ key: 'tls.cert', problem: `${tls.cert} ${problem}`, mend })
  if (left <= 0) warn(`expired on ${end}: clients refuse it`, renew)
  else if (left < endsSoonMs) warn(`expires on ${end}`, renew)
  if (isWeak(certificate.publicKey)) {
    warn(
      `has an RSA key of less than ${leastRsaBits} bits: clients refuse it`,
      'get one with a longer key, or an ECDSA key',
    )
  }
  return warnings
}

const isWeak = ({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean =>
  asymmetricKeyType === 'rsa' && (asymmetricKeyDetails?.modulusLength ?? 0) < leastRsaBits

/** Its group may read it: that is how a service gets a key that belongs to root. */
function keyWarnings({ tls }: Settings): SettingsProblem[] {
  if (tls === null || (statSync(tls.key).mode & 0o007) === 0) return []
  const problem = `${tls.key} can be read by every user of this machine`
  return [{ key: 'tls.key', problem, mend: `type: chmod o= ${tls.key}` }]
}

function routeWarnings({ tls, delivery }: Settings): SettingsProblem[] {
  if (tls !== null || delivery.route === 'sandbox') return []
  const problem =
    'is not set, so Sluice has a self-signed certificate: only software of this machine can log in, and must trust it'
  return [
    {
      key: 'tls.cert',
      problem,
      mend: 'name a certificate, or let that software relay by relay.trusted_networks',
    },
  ]
}

/**
 * Whether DNS leads from our name to this machine, as receivers check; null: it does, or it does not matter. Behind an address
 * translator the addresses differ although all is well.
 */
export async function hostnameWarning({
  hostname,
  delivery,
}: Settings): Promise<SettingsProblem | null> {
  if (delivery.route !== 'mx') return null
  const mend = 'set its A or AAAA record to the address from which this machine sends'
  try {
    const found = (await lookup(hostname, { all: true })).map(({ address }) => address)
    const ours = Object.values(networkInterfaces()).flatMap((each) => each ?? [])
    if (ours.some(({ address, internal }) => !internal && found.includes(address))) return null
    const problem = `${hostname} is ${found.join(' and ')} in DNS, which is no address of this machine`
    return { key: 'hostname', problem, mend: `${mend}; behind a translator (NAT) it is well so` }
  } catch (error) {
    const { code = 'unknown fault' } = error as NodeJS.ErrnoException
    return { key: 'hostname', problem: `${hostname} was not found in DNS (${code})`, mend }
  }
}
