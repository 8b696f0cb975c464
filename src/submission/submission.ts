import { Logins, type Login } from '../accounts/logins.ts'
import type { PasswordBackend } from '../accounts/password-backend.ts'
import {
  plainAddress,
  trustedNetworks,
  type TrustedNetworks,
} from '../accounts/trusted-networks.ts'
import type { Settings } from '../config/settings.ts'
import { limitsFor } from '../limits/limits.ts'
import { receivedLine } from '../mail/received-line.ts'
import type { MailParameters } from '../mail/mail-parameters.ts'
import type { Mailbox } from '../mail/path.ts'
import type { RcptParameters } from '../mail/rcpt-parameters.ts'
import type { Refusal } from '../mail/refusal.ts'
import { principalOf } from '../words/principal.ts'
import type { Submitter } from '../words/submitter.ts'
import type { StoreReader } from '../store/protocol/reader.ts'
import { minute, monotonicMs, type Clock } from '../time/clock.ts'
import { newUlid } from '../time/ulid.ts'
import { acceptMessage, type Acceptance } from './accept-message.ts'
import { addRecipient } from './add-recipient.ts'
import { ContentRules } from './content-rules.ts'
import { keptParameters, type Draft } from './draft.ts'
import { IntakeMemory } from './intake-memory.ts'
import { Intake, type Source } from './intake.ts'
import { sendingRules, whyNotSend, type SendingRules, type WhyNotSend } from './may-send.ts'
import { accountGone, needsSmtputf8, storeUnavailable, tooLarge } from './replies.ts'
import type { StorePort } from './store-port.ts'

/** Clients wait at least three minutes for a block of DATA to be taken (RFC 5321 §4.5.3.2.5). */
const longestPatienceMs = minute

export interface SubmissionParts {
  settings: Settings
  store: StorePort
  reader: Pick<StoreReader, 'account' | 'used' | 'leftAt'>
  clock: Clock
  /** Where names and passwords are checked. */
  passwords: PasswordBackend
}

/** Who speaks, as far as the trace line tells. */
export interface Speaker {
  address: string
  helo: string
  esmtp: boolean
  tls: boolean
}

export class Submission {
  readonly #parts: SubmissionParts
  readonly #memory = new IntakeMemory()
  readonly #logins: Logins
  readonly #trusted: TrustedNetworks
  readonly #rules: SendingRules

  constructor(parts: SubmissionParts) {
    this.#parts = parts
    this.#trusted = trustedNetworks(parts.settings.relay.trustedNetworks)
    this.#logins = new Logins(parts.passwords, monotonicMs)
    this.#rules = sendingRules(parts.settings, parts.passwords)
  }

  /** The network in whose name an address may submit without a login; null: none. */
  trust(address: string): Submitter | null {
    const cidr = this.#trusted(address)
    return cidr === null ? null : { kind: 'network', id: cidr }
  }

  /** Checks name and password, then whether that account may send at all. `gone` aborts when the client waits no more. */
  async logIn(
    name: string,
    password: string,
    address: string,
    gone: AbortSignal,
  ): Promise<Login | { kind: WhyNotSend }> {
    const login = await this.#logins.check({ name, password, address }, gone)
    if (login.kind !== 'welcome') return login
    const { account } = login
    const why = whyNotSend(account, await this.#parts.reader.account(account), this.#rules)
    return why === null ? login : { kind: why }
  }

  /** MAIL: a draft, or why there can be none. `sender` null is the null reverse-path (RFC 5321 §4.5.5). */
  async begin(
    submitter: Submitter,
    sender: Mailbox | null,
    parameters: MailParameters,
  ): Promise<Draft | Refusal> {
    const { settings, store, reader, clock } = this.#parts
    if (!store.connected) return storeUnavailable
    const { maxMessageBytes } = settings.submission
    if ((parameters.size ?? 0) > maxMessageBytes) return tooLarge(maxMessageBytes)
    if (sender?.utf8 && !parameters.smtputf8) return needsSmtputf8('sender')
    const account = submitter.kind === 'account' ? await reader.account(submitter.id) : undefined
    if (account !== undefined && whyNotSend(submitter.id, account, this.#rules)) return accountGone
    return {
      id: newUlid(clock.now()),
      submitter,
      sender: sender?.address ?? '',
      esmtp: keptParameters(parameters),
      recipients: new Map(),
      limits: limitsFor(submitter, account ?? null, settings.relay).map((limit) => ({
        ...limit,
        used: null,
      })),
      announcedBytes: parameters.size ?? 0,
      counted: 0,
    }
  }

  /** RCPT: null if the draft has the recipient now. */
  addRecipient(
    draft: Draft,
    recipient: Mailbox,
    parameters: RcptParameters,
  ): Promise<Refusal | null> {
    return addRecipient(draft, recipient, parameters, this.#parts)
  }

  /** DATA: where the octets go. */
  open(draft: Draft, speaker: Speaker, source: Source): Intake {
    const { settings, store, clock } = this.#parts
    const received = receivedLine({
      ...speaker,
      address: plainAddress(speaker.address),
      by: settings.hostname,
      authenticated: draft.submitter.kind === 'account',
      utf8: draft.esmtp.smtputf8 === true,
      id: draft.id,
      recipients: [...draft.recipients.values()].map(({ address }) => address),
      at: clock.now(),
    })
    const { maxMessageBytes: maxBytes, idleTimeoutMs, lineEndings } = settings.submission
    return new Intake(store, {
      by: principalOf(draft.submitter),
      received: Buffer.from(received),
      maxBytes,
      normalizesLineEnds: lineEndings === 'normalize' && draft.submitter.kind === 'account',
      rules: new ContentRules(settings.submission),
      source,
      memory: this.#memory,
      // A client that is made to wait must not be taken for a silent one.
      patienceMs: Math.min(longestPatienceMs, idleTimeoutMs / 2),
    })
  }

  /** After the final dot. */
  accept(draft: Draft, intake: Intake): Promise<Acceptance> {
    const { route, lifetimeMs } = this.#parts.settings.delivery
    return acceptMessage(this.#parts.store, { draft, intake, route, lifetimeMs })
  }
}
