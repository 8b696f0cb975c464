import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadSettings } from '../../../src/config/load-settings.ts'
import { tempFolder } from '../../kit/temp-folder.ts'

function settingsWith(listen: string) {
  using folder = tempFolder()
  const file = join(folder.path, 'sluice.toml')
  writeFileSync(file, `[metrics]\nlisten = ["${listen}"]`)
  return loadSettings({ SLUICE_CONFIG: file })
}

test('metrics have no listener unless the settings name one', () => {
  expect(loadSettings({ SLUICE_CONFIG: '/dev/null' }).metrics.listen).toEqual([])
  expect(settingsWith('10.1.2.3:9125').metrics.listen).toEqual(['10.1.2.3:9125'])
})

test.each(['0.0.0.0:9125', '[::]:9125', '192.0.2.1:9125'])(
  'metrics are not served at %s, as no key is asked for there',
  (listen) => {
    expect(() => settingsWith(listen)).toThrow('neither on loopback nor on a private network')
  },
)

test('metrics and the API can not listen on one port', () => {
  expect(() => settingsWith('127.0.0.1:8080')).toThrow(
    'metrics.listen: 127.0.0.1:8080 is named twice',
  )
})
