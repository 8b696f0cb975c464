import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'smol-toml'
import { apiClient, type Api } from './api.ts'
import { admit } from './admit.ts'
import { testCertificate } from './certificate.ts'
import { EventFeed, type Counts, type SeenEvent } from './event-feed.ts'
import { eventually } from './facts.ts'
import { Sluice, type Ended, type ProcessName, type RunFile } from './relay-process.ts'
import { Conversation, type Login } from './smtp-conversation.ts'
import { tempFolder } from './temp-folder.ts'

/** As in the TOML file; a misspelt key is refused by the relay itself. */
export interface SomeSettings {
  [key: string]: string | number | boolean | readonly string[] | SomeSettings
}

export interface RelayOptions {
  route?: string
  /** Merged one over the other. */
  settings?: SomeSettings | SomeSettings[]
  environment?: Record<string, string>
  /** Where its data lies; in the relay's own temporary folder unless given. */
  dataDir?: string
}

interface SmtpOptions {
  tls?: 'none' | 'starttls' | 'implicit'
  /** null: no login. Left out: the relay's own account. */
  as?: Login | null
  method?: 'PLAIN' | 'LOGIN'
  /** The client's address, such as `127.0.0.2`. */
  from?: string
}

/** A whole relay, started as a person starts it, in a folder of its own that goes away with it. */
export interface Relay extends AsyncDisposable {
  readonly dataDir: string
  readonly settingsFile: string
  readonly environment: Readonly<Record<string, string>>
  readonly login: Login
  readonly key: string
  readonly api: Api
  /** run.json as it is now. */
  readonly run: RunFile
  /** What the supervisor has printed. */
  readonly output: string
  /** A client after EHLO, over STARTTLS and logged in unless told otherwise. */
  smtp(options?: SmtpOptions): Promise<Conversation>
  /** Only the connection, banner not yet read. */
  connect(tls?: 'none' | 'implicit', from?: string): Promise<Conversation>
  events(): Promise<readonly SeenEvent[]>
  summary(): Promise<Counts>
  until(counts: Counts, deadlineMs?: number): Promise<void>
  pid(name: ProcessName): number
  kill(name: ProcessName, signal?: NodeJS.Signals): number
  /** Kills with -9 and waits until another process has taken the name. */
  killAndAwaitReturn(name: ProcessName): Promise<void>
  /** A command of the CLI on this relay; `null` code: ended by a signal. */
  cli(args: readonly string[], input?: string): Promise<Ended>
  /** SIGTERM, and how it ended. */
  stop(signal?: NodeJS.Signals): Promise<Ended>
  /** How it ended, by itself. */
  ended(deadlineMs?: number): Promise<Ended>
  /** Again on the same folder, with other settings where given. */
  start(change?: SomeSettings): Promise<void>
}

const isTable = (value: SomeSettings[string] | undefined): value is SomeSettings =>
  typeof value === 'object' && !Array.isArray(value)

const merge = (base: SomeSettings, over: SomeSettings): SomeSettings => {
  const merged: SomeSettings = { ...base }
  for (const [key, value] of Object.entries(over)) {
    const old = merged[key]
    merged[key] = isTable(value) && isTable(old) ? merge(old, value) : value
  }
  return merged
}

/** Free ports everywhere, no limit, no content of what is delivered, every log line. */
const testSettings = (dataDir: string, route: string): SomeSettings => ({
  hostname: 'relay.test',
  data_dir: dataDir,
  submission: { listen: ['127.0.0.1:0'], listen_tls: ['127.0.0.1:0'] },
  api: { listen: ['127.0.0.1:0'] },
  relay: { daily_recipients: 'none' },
  retention: { delivered_content: '0' },
  log: { level: 'debug' },
  delivery: { route },
  ...(route === 'mx' && { tls: { cert: testCertificate.certPath, key: testCertificate.keyPath } }),
})

/** Starts a relay and waits until it is ready. `route` is `sandbox` unless given. */
export async function startRelay(options: RelayOptions = {}): Promise<Relay> {
  const relay = new StartedRelay(options)
  try {
    await relay.start()
    return relay
  } catch (error) {
    await relay[Symbol.asyncDispose]()
    throw error
  }
}

class StartedRelay implements Relay {
  readonly dataDir: string
  readonly settingsFile: string
  readonly environment: Readonly<Record<string, string>>
  readonly api: Api
  login: Login = { account: '', password: '' }
  key = ''
  operatorKey = ''
  readonly #folder = tempFolder()
  readonly #feed: EventFeed
  #settings: SomeSettings
  #sluice: Sluice | null = null

  constructor(options: RelayOptions) {
    this.dataDir = options.dataDir ?? join(this.#folder.path, 'var')
    this.settingsFile = join(this.#folder.path, 'sluice.toml')
    this.environment = { SLUICE_CONFIG: this.settingsFile, ...options.environment }
    const usual = testSettings(this.dataDir, options.route ?? 'sandbox')
    this.#settings = [options.settings ?? []].flat().reduce(merge, usual)
    this.api = apiClient(
      () => this.run.api[0]?.url ?? '',
      () => this.key,
    )
    // What is for the operator is not there for a customer's key
    this.#feed = new EventFeed(
      apiClient(
        () => this.run.api[0]?.url ?? '',
        () => this.operatorKey,
      ),
    )
  }

  get #runFile(): string {
    return join(this.dataDir, 'run.json')
  }

  get run(): RunFile {
    return (
      this.#sluice?.run(this.#runFile) ??
      (JSON.parse(readFileSync(this.#runFile, 'utf8')) as RunFile)
    )
  }

  get output(): string {
    return this.#sluice?.output ?? ''
  }

  async start(change: SomeSettings = {}): Promise<void> {
    this.#settings = merge(this.#settings, change)
    writeFileSync(this.settingsFile, stringify(this.#settings))
    this.#sluice = new Sluice(['start'], this.environment)
    await this.#sluice.ready(this.#runFile)
    if (this.key === '') Object.assign(this, await admit(this.dataDir))
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> {
    this.#sluice?.signal(signal)
    return await this.ended()
  }

  async ended(deadlineMs?: number): Promise<Ended> {
    if (!this.#sluice) throw new Error('not started')
    const ended = await this.#sluice.ended(deadlineMs)
    await this.#sluice[Symbol.asyncDispose]()
    this.#sluice = null
    return ended
  }

  connect(tls: 'none' | 'implicit' = 'none', from?: string): Promise<Conversation> {
    const kind = tls === 'implicit' ? 'implicit' : 'starttls'
    const listener = this.run.submission.find((one) => one.tls === kind)
    if (!listener) throw new Error(`no ${kind} listener in ${JSON.stringify(this.run)}`)
    return Conversation.connect(listener.address, listener.port, tls === 'implicit', from)
  }

  async smtp(options: SmtpOptions = {}): Promise<Conversation> {
    const { tls = 'starttls', as = this.login, method, from } = options
    const client = await this.connect(tls === 'implicit' ? 'implicit' : 'none', from)
    await client.expect(/^220 /)
    await client.ehlo()
    if (tls === 'starttls') {
      await client.startTls()
      await client.ehlo()
    }
    if (as && tls !== 'none') await client.login(as, method)
    return client
  }

  events(): Promise<readonly SeenEvent[]> {
    return this.#feed.all()
  }

  summary(): Promise<Counts> {
    return this.#feed.summary()
  }

  until(counts: Counts, deadlineMs?: number): Promise<void> {
    return this.#feed.until(counts, deadlineMs)
  }

  pid(name: ProcessName): number {
    return this.run.processes[name]
  }

  kill(name: ProcessName, signal: NodeJS.Signals = 'SIGKILL'): number {
    const pid = this.pid(name)
    process.kill(pid, signal)
    return pid
  }

  async killAndAwaitReturn(name: ProcessName): Promise<void> {
    const old = this.kill(name)
    await eventually(`a new ${name} process`, () => this.pid(name) !== old || undefined)
  }

  async cli(args: readonly string[], input?: string): Promise<Ended> {
    const key = this.key === '' ? {} : { SLUICE_API_KEY: this.key }
    await using sluice = new Sluice(args, { ...key, ...this.environment }, input)
    return await sluice.ended()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#sluice?.[Symbol.asyncDispose]()
    } finally {
      this.#folder[Symbol.dispose]()
    }
  }
}
