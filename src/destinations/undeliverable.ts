/** What is said of a destination that mail can't be sent to, now or ever. One place for codes, texts and their RFCs. */
import type { Reply } from '../mail/reply.ts'

export type Undeliverable =
  /** `unknownDomain`: DNS does not know the domain, or knows neither an MX nor an address of it. */
  { kind: 'permanent'; reply: Reply; unknownDomain?: true } | { kind: 'temporary'; reply: Reply }

const permanent = (code: number, enhanced: string, text: string): Undeliverable => ({
  kind: 'permanent',
  reply: { code, enhanced, text },
})

/** It may be a domain whose registration or delegation is only just being changed. */
const unknownDomain = (text: string): Undeliverable => ({
  kind: 'permanent',
  reply: { code: 550, enhanced: '5.1.2', text },
  unknownDomain: true,
})

const shown = (destination: string): string =>
  destination.length > 255 ? `${destination.slice(0, 255)}…` : destination

export const undeliverable = {
  /** RFC 7505 §4. */
  nullMx: (destination: string) =>
    permanent(556, '5.1.10', `${shown(destination)} does not accept mail (null MX)`),
  /** RFC 3463 §3.2, X.1.2: no such system, or none that can take mail. */
  noSuchDomain: (destination: string) =>
    unknownDomain(`The domain ${shown(destination)} does not exist`),
  notADomain: (destination: string) =>
    permanent(550, '5.1.2', `${shown(destination)} is not a domain name`),
  unknownLiteral: (destination: string) =>
    permanent(550, '5.1.2', `${shown(destination)} is not an address literal of a known kind`),
  noMailHost: (destination: string) =>
    unknownDomain(`The domain ${shown(destination)} has neither an MX nor an address record`),
  malformedMx: (destination: string) =>
    permanent(550, '5.1.2', `No MX record of ${shown(destination)} names a host`),
  /** RFC 5321 §5.1: MX records without a usable host are an error; RFC 3463 §3.5, X.4.4: no route. */
  noAddress: (destination: string) =>
    permanent(550, '5.4.4', `No MX host of ${shown(destination)} has an address`),
  privateOnly: (destination: string) =>
    permanent(550, '5.4.4', `No mail host of ${shown(destination)} has a public address`),
  /** RFC 5321 §5.1; RFC 3463 §3.5, X.4.6. */
  loop: (destination: string) =>
    permanent(554, '5.4.6', `Mail for ${shown(destination)} loops back to this relay`),
  /** RFC 3463 §3.5, X.4.3: directory server failure. */
  lookUpFailed: (destination: string, why: string): Undeliverable => ({
    kind: 'temporary',
    reply: {
      code: 451,
      enhanced: '4.4.3',
      text: `DNS look-up for ${shown(destination)} failed: ${why}`,
    },
  }),
}
