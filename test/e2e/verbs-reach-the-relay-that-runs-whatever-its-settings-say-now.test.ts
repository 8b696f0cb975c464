import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startRelay } from '../kit/relay.ts'
import { tempFolder } from '../kit/temp-folder.ts'

test('with a broken settings file, a missing certificate or another data_dir, the relay that runs can be looked at, changed and stopped', async () => {
  using elsewhere = tempFolder()
  await using relay = await startRelay({ settings: { api: { tls: true } } })
  rmSync(join(relay.dataDir, 'tls', 'self-signed.pem'))
  const folder = join(elsewhere.path, 'var')
  const invalid = /the settings are invalid/
  const tried: [settings: string, verb: string, note: RegExp][] = [
    ['hostname = 1\n', 'status', invalid],
    ['[tls]\ncert = "/nowhere.pem"\nkey = "/nowhere.key"\n', 'key add x', invalid],
    [`data_dir = "${folder}"\n`, 'account list', /no relay runs on .*var, the data_dir of/],
    ['hostname = 1\n', 'stop', invalid],
  ]
  for (const [text, verb, note] of tried) {
    writeFileSync(relay.settingsFile, text)
    const { code, output } = await relay.cli(verb.split(' '))
    expect([verb, code, output]).toEqual([verb, 0, expect.stringMatching(note)])
    expect(output).toContain(`this is about the relay that runs on ${relay.dataDir}`)
  }
  expect(await relay.ended()).toMatchObject({ code: 0 })
  expect(await relay.cli(['stop'])).toMatchObject({ code: 78 })
})
