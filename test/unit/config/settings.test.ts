import { expect, test } from 'vitest'
import { settingsIn } from '../../../src/config/setting-tree.ts'
import { variableOf } from '../../../src/config/settings-environment.ts'
import { declaredSettings, type SettingKey, type Settings } from '../../../src/config/settings.ts'

const settings = settingsIn(declaredSettings)
const unique = (texts: readonly string[]): boolean => new Set(texts).size === texts.length

test('each setting has a key and a variable of its own, in one section at most', () => {
  const keys = settings.map(({ key }) => key)
  expect(keys.length).toBeGreaterThan(40)
  expect(keys.filter((key) => !/^[a-z]\w*(?:\.[a-z]\w*)?$/.test(key))).toEqual([])
  expect(unique(keys)).toBe(true)
  // SLUICE_X_FILE names the file with the value of SLUICE_X
  expect(unique(keys.flatMap((key) => [variableOf(key), `${variableOf(key)}_FILE`]))).toBe(true)
})

test('each setting says what it is for in one line that ends without a full stop', () => {
  expect(settings.filter(({ about }) => !/^\S[^\r\n]*[^.\s]$/.test(about))).toEqual([])
})

test('a duration has its unit in its name, Ms, and no other setting has', () => {
  const wrong = (node: object): string[] =>
    Object.entries(node).flatMap(([name, inner]: [string, object]) => {
      if (!('kind' in inner)) return 'parts' in inner ? wrong(inner.parts as object) : wrong(inner)
      return name.endsWith('Ms') === (inner.kind === 'duration') ? [] : [name]
    })
  expect(wrong(declaredSettings)).toEqual([])
})

test('a use that does not agree with the declaration does not compile', () => {
  const uses = (settings: Settings): unknown[] => [
    settings.delivery.retryFirstMs.toFixed(),
    // @ts-expect-error -- the value is a number
    settings.delivery.retryFirstMs.length,
    // @ts-expect-error -- no limit is null
    settings.relay.dailyRecipients.toFixed(),
    // @ts-expect-error -- no setting has this name
    settings.delivery.retryLast,
    // @ts-expect-error -- the settings can't be changed
    (settings.submission.maxRecipients = 1),
    // @ts-expect-error -- nor can what is made from several
    settings.tls && (settings.tls.cert = ''),
    // @ts-expect-error -- one of the words that are declared
    settings.logLevel === 'loud',
  ]
  const keys: SettingKey[] = [
    'delivery.private_destinations',
    'tls.key',
    // @ts-expect-error -- no setting has this key
    'delivery.retry_last',
  ]
  expect([uses, keys]).toHaveLength(2)
})
