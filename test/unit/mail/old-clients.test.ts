import { describe, expect, test } from 'vitest'
import { parsePathCommand } from '../../../src/mail/esmtp-parameters.ts'
import { toWellFormed } from '../../../src/mail/old-clients.ts'
import { parseMailbox } from '../../../src/mail/path.ts'
import { readRcptParameters } from '../../../src/mail/rcpt-parameters.ts'

const wellFormed = (text: string): string | null =>
  toWellFormed(text, 'relay.test')?.trimEnd() ?? null

describe('what has one meaning is rewritten in the grammar of RFC 5321', () => {
  test.each([
    ['FROM:a@b.test', 'FROM:<a@b.test>'],
    ['from: a@b.test SIZE=1', 'from:<a@b.test> SIZE=1'],
    ['FROM :<a@b.test>', 'FROM:<a@b.test>'],
    ['FROM\t:\t<a@b.test>', 'FROM:<a@b.test>'],
    ['FROM:< a@b.test\t>', 'FROM:<a@b.test>'],
    ['FROM:<a@b.test>SIZE=1', 'FROM:<a@b.test> SIZE=1'],
    ['FROM:<a@b.test>\tSIZE=1  BODY=7BIT', 'FROM:<a@b.test> SIZE=1 BODY=7BIT'],
    ['FROM:<a@b.test.>', 'FROM:<a@b.test>'],
    ['TO:<"a>b"@c.test>NOTIFY=NEVER', 'TO:<"a>b"@c.test> NOTIFY=NEVER'],
    ['FROM:<>SIZE=1', 'FROM:<> SIZE=1'],
    ['FROM:root', 'FROM:<root@relay.test>'],
    ['FROM:<www-data>', 'FROM:<www-data@relay.test>'],
    ['TO:<a@b.test> ORCPT=rfc822;a+2b@b.test', 'TO:<a@b.test> ORCPT=rfc822;a+2B@b.test'],
    ['TO:<a@b.test> ORCPT=rfc822;a=b@c.test', 'TO:<a@b.test> ORCPT=rfc822;a+3Db@c.test'],
    ['FROM:<a@b.test> ENVID=QQ==', 'FROM:<a@b.test> ENVID=QQ+3D+3D'],
  ])('%j', (text, rewritten) => {
    expect(wellFormed(text)).toBe(rewritten)
  })
})

describe('what has none is left to the strict parser, which refuses it', () => {
  const isTaken = (text: string): boolean => {
    const keyword = /^from/i.test(text) ? 'FROM' : 'TO'
    const parsed = parsePathCommand(keyword, toWellFormed(text, 'relay.test') ?? text)
    if ('code' in parsed) return false
    if (parsed.path !== '' && parseMailbox(parsed.path) === null) return false
    return keyword === 'FROM' || !('code' in readRcptParameters(parsed.parameters))
  }

  test('the check itself takes what is good', () => {
    expect(isTaken('FROM:a@b.test')).toBe(true)
    expect(isTaken('TO:<a@b.test> ORCPT=rfc822;a+2b@b.test')).toBe(true)
  })

  test.each([
    'FROM',
    'FROM:',
    'FROM a@b.test',
    'FROM:SIZE=100',
    'FROM:<a@b.test',
    'FROM:a@b.test>',
    'FROM:<a@b.test><c@d.test>',
    'FROM:<a@b.test> <c@d.test>',
    'FROM:Shop <a@b.test>',
    'FROM:<Shop <a@b.test>>',
    'FROM:a b@c.test',
    'FROM:a@b.test,c@d.test',
    'FROM:a@b@c.test',
    'FROM:<host!user>',
    'FROM:<user%host>',
    'FROM:<"user">',
    'FROM:<a@b.test..>',
    'FROM:<a@.>',
    'FROM:<"a\tb"@c.test>',
    'FROM:a@b.test SIZE=1 SIZE=2',
    'TO:<user>',
    'TO:user',
    'TO:a@b.testNOTIFY=NEVER',
    'TO:<a@b.test> ORCPT=rfc822;a+zz@b.test',
    'TO:<a@b.test> ORCPT=rfc822;a+ff@b.test',
    'TO:<a@b.test> ORCPT=a@b.test',
    'TO:<a@b.test> NOTIFY=NEVER=x',
  ])('%j', (text) => {
    expect(isTaken(text)).toBe(false)
  })
})
