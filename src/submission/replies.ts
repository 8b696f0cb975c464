/** What submission says no with: one place for codes and words. RFC 5321 §4.2.2, RFC 3463, RFC 4954 §6. */
import type { Stray } from '../mail/data-decoder.ts'
import { refusal, type Refusal } from '../mail/refusal.ts'
import type { Limit } from '../limits/limits.ts'
import { rfc3339, type Millis } from '../time/clock.ts'

export const authenticationRequired = refusal(
  'authentication_required',
  530,
  '5.7.0',
  'log in first (AUTH, after STARTTLS)',
)
export const accountGone = refusal(
  'authentication_required',
  530,
  '5.7.0',
  'this account no longer exists',
)
export const storeUnavailable = refusal(
  'store_unavailable',
  451,
  '4.3.0',
  'storage unavailable, try again soon',
)
export const storeFull = refusal('disk_full', 452, '4.3.1', 'storage full, try again later')
export const storeSlow = refusal(
  'store_unavailable',
  452,
  '4.3.1',
  'storage too slow at the moment, try again later',
)
export const systemProblem = refusal('internal', 451, '4.3.0', 'internal error, try again later')
/** `fault`: what went wrong, for the log. */
export const systemFault = (fault: string): Refusal => ({ ...systemProblem, facts: { fault } })
export const tooManyRecipients = refusal(
  'recipients',
  452,
  '4.5.3',
  'too many recipients in one message, send the rest in another',
)
/** RFC 3463 §3.6. */
export const envelopeTooLarge = refusal(
  'recipients',
  554,
  '5.5.3',
  'recipients and their parameters take too much room, send to fewer at a time',
)
/** RFC 5321 §2.3.8, and §4.1.1.4 for the dot. */
const strayTexts: Readonly<Record<Stray, string>> = {
  LF: 'message holds a bare LF: each line must end with CRLF (RFC 5321 section 2.3.8)',
  CR: 'message holds a CR that is no line end (RFC 5321 section 2.3.8)',
  NUL: 'message holds a NUL',
  'lone dot':
    'message holds a line of only a dot that ends or begins with a bare LF: only <CRLF>.<CRLF> ends it (RFC 5321 section 4.1.1.4)',
}
export const strayOctets = (stray: Stray): Refusal =>
  refusal('content', 550, '5.6.0', strayTexts[stray])
/** RFC 6152 §3, RFC 3463 §3.7: nothing here turns it into 7-bit octets. */
export const eightBitContent = refusal(
  'content',
  554,
  '5.6.3',
  'message has 8-bit octets, which this relay does not take (RFC 6152 section 3): encode it as quoted-printable or base64',
)
/** `line`: its number, from 1. */
export const lineTooLong = (line: number, most: number): Refusal =>
  refusal(
    'content',
    554,
    '5.6.0',
    `line ${line} has more than ${most} octets (RFC 5321 section 4.5.3.1.6): encode the text as quoted-printable or base64`,
  )
export const mailLoop = refusal('loop', 554, '5.4.6', 'mail loop: too many Received lines')

/** RFC 1870 §6.1 and §6.3. */
export const tooLarge = (maxBytes: number): Refusal =>
  refusal('size', 552, '5.3.4', `message larger than ${maxBytes} bytes`)

/** RFC 6531 §3.5. */
export const needsSmtputf8 = (whose: 'sender' | 'recipient'): Refusal =>
  refusal(whose, 553, '5.6.7', 'address needs the SMTPUTF8 parameter of MAIL')

/** RFC 5321 §4.1.1.2 and §4.1.1.3; the detail says whose address it is (RFC 3463 §3.2). */
export const badAddress = (whose: 'sender' | 'recipient'): Refusal =>
  refusal(
    whose,
    553,
    whose === 'sender' ? '5.1.7' : '5.1.3',
    'expected a mailbox: local-part@domain',
  )

interface NoRoom {
  used: number
  allowed: number
  /** null: never, until the limit is raised. */
  roomAt: Millis | null
}

/** 450, as 452 makes some clients send the same recipients again at once. */
const codesOver = { refuse: [450, '4.7.1'] } as const satisfies Record<
  Limit['whenOver'],
  readonly [number, string]
>

export const overLimit = (
  { title, counts, whenOver }: Pick<Limit, 'title' | 'counts' | 'whenOver'>,
  { used, allowed, roomAt }: NoRoom,
): Refusal =>
  refusal(
    'limit',
    ...codesOver[whenOver],
    `${title}: ${used} of ${allowed} ${counts} used; ` +
      (roomAt === null
        ? 'nothing more is accepted until the limit is raised'
        : `try again after ${rfc3339(roomAt)}`),
    { used, allowed },
  )
