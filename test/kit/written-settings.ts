import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadSettings } from '../../src/config/load-settings.ts'
import { SettingsError } from '../../src/config/settings-error.ts'
import type { Settings } from '../../src/config/settings.ts'
import { testCertificate } from './certificate.ts'
import { tempFolder } from './temp-folder.ts'

/** The settings that a file of this content and these variables give. */
export function load(toml: string, env: Record<string, string> = {}): Settings {
  using folder = tempFolder()
  const file = join(folder.path, 'sluice.toml')
  writeFileSync(file, toml)
  return loadSettings({ SLUICE_CONFIG: file, ...env })
}

/** What is said about settings that don't hold: one line a problem, the folder's name left out. */
export function complaints(toml: string, env: Record<string, string> = {}): string[] {
  try {
    load(toml, env)
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    return error.message.split('\n').map((line) => line.replace(/^\S*sluice\.toml/, 'sluice.toml'))
  }
  return []
}

/** A section with a certificate and its key, to be written behind other sections. */
export const certificate = `[tls]\ncert = "${testCertificate.certPath}"\nkey = "${testCertificate.keyPath}"\n`
