import { randomBytes } from 'node:crypto'
import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const templates = fileURLToPath(new URL('../../config/haraka', import.meta.url))
const plugins = fileURLToPath(new URL('../../plugins', import.meta.url))

export interface HarakaFolderFacts {
  hostname: string
  /** Absolute paths of certificate chain and key, PEM. */
  cert: string
  key: string
  /** How long the handshake after STARTTLS may take. */
  handshakeMs: number
}

/**
 * Makes Haraka's own folder anew: its configuration from our templates and the settings, its plugins as a link to
 * ours. Nothing in it outlives a start.
 */
export function writeHarakaFolder(
  folder: string,
  { hostname, cert, key, handshakeMs }: HarakaFolderFacts,
): void {
  rmSync(folder, { recursive: true, force: true })
  const config = join(folder, 'config')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  cpSync(templates, config, { recursive: true })
  symlinkSync(plugins, join(folder, 'plugins'))
  symlinkSync(cert, join(config, 'tls_cert.pem'))
  symlinkSync(key, join(config, 'tls_key.pem'))
  const files = {
    me: hostname,
    // Without a key any client from this machine may call functions of the server by INTERNALCMD.
    internalcmd_key: randomBytes(32).toString('hex'),
    // Its queue is never used; it only must not look for one elsewhere.
    queue_dir: join(folder, 'queue'),
    // Our hooks keep their own time: an acceptance has no deadline, as its outcome can't be guessed.
    plugin_timeout: '0',
    // Its plugin counts a second less.
    'tls.timeout': String(handshakeMs / 1000 + 1),
  }
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(config, name), `${content}\n`, { mode: 0o600 })
  }
}

/** Points Haraka to its folder, which it reads as it is loaded. Its libraries are told to keep quiet on stdout. */
export function useHarakaFolder(folder: string): void {
  const variables = { HARAKA: folder, HARAKA_LOGS_SUPPRESS: 'true' }
  // eslint-disable-next-line no-restricted-properties -- the only way in which Haraka lets itself be told
  Object.assign(process.env, variables)
}
