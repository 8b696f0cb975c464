import { describe, expect, it } from 'vitest'
import { masterFile } from '../../bench/sides/postfix.ts'

describe('masterFile', () => {
  const debian = `# comment
smtp      inet  n       -       y       -       -       smtpd
pickup    unix  n       -       y       60      1       pickup
smtp      unix  -       -       y       -       -       smtp
qmgr      unix  n       -       n       300     1       qmgr
        -o some=thing
`
  it('moves the server to its own port, the client stays, and nothing is chrooted', () => {
    const services = masterFile(debian, 2525)
      .trim()
      .split('\n')
      .map((line) => line.split(/\s+/))
    expect(services.map(([name]) => name)).toEqual(['127.0.0.1:2525', 'pickup', 'smtp', 'qmgr', ''])
    expect(services.slice(0, 4).map((columns) => columns[4])).toEqual(['n', 'n', 'n', 'n'])
  })
})
