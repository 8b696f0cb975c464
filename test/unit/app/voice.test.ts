import { expect, test } from 'vitest'
import { Voice } from '../../../src/app/voice.ts'

function speaking(isJournal: boolean) {
  const printed: string[] = []
  const logged: string[] = []
  const at = (level: string) => (_: object, line: string) => void logged.push(`${level}: ${line}`)
  const log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
  return {
    voice: new Voice({ print: (text) => printed.push(text), log, isJournal }),
    printed,
    logged,
  }
}

test('on a terminal lines stand as they are; the log has each of them with its level', () => {
  const { voice, printed, logged } = speaking(false)
  voice.say('smtp ended', 'warn')
  voice.say('Stopping …')
  voice.repeat('smtp warn: store lost', 'warn')
  voice.note('starts')
  expect(printed).toEqual(['smtp ended\n', 'Stopping …\n', 'smtp warn: store lost\n'])
  expect(logged).toEqual(['warn: smtp ended', 'info: Stopping …', 'info: starts'])
})

test('in the journal each line has the priority of its level (sd-daemon(3))', () => {
  const { voice, printed } = speaking(true)
  voice.say('smtp ended\nand again', 'warn')
  voice.say('store fault', 'error')
  voice.print('\nSluice is ready\n')
  expect(printed).toEqual([
    '<4>smtp ended\n<4>and again\n',
    '<3>store fault\n',
    '\n<6>Sluice is ready\n',
  ])
})
