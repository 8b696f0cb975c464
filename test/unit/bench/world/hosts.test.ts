import { connect, type AddressInfo, createServer } from 'node:net'
import { once } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import { soon } from '../../../kit/facts.ts'
import {
  startDroppingHosts,
  startSilentHosts,
  startSinkHosts,
  startWaryHosts,
  type Hosts,
} from '../../../bench/world/hosts.ts'

const address = '127.9.8.7'
let hosts: Hosts | null = null
afterEach(() => hosts?.[Symbol.asyncDispose]())

async function freePort(): Promise<number> {
  const server = createServer().listen(0, address)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** All that the host says until it ends the connection, when these pieces are sent each after some reply. */
async function speak(port: number, pieces: readonly string[]): Promise<string> {
  const socket = connect(port, address).setEncoding('latin1')
  const left = [...pieces]
  let heard = ''
  socket.on('data', (text: string) => {
    heard += text
    const next = left.shift()
    if (next !== undefined) socket.write(next)
  })
  socket.on('error', () => undefined)
  await new Promise((resolve) => socket.once('close', resolve))
  return heard
}

describe('startSinkHosts', () => {
  it('takes pipelined mail, and tells its recipients and the address that it came to', async () => {
    const port = await freePort()
    const taken: [readonly string[], string][] = []
    hosts = await startSinkHosts([address], port, {
      onMessage: (recipients, to) => void taken.push([recipients, to]),
    })
    const heard = await speak(port, [
      'EHLO relay.test\r\n',
      'MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nRCPT TO:<e@f.example>\r\nDATA\r\n',
      'Subject: x\r\n\r\n..dots\r\n.x\r\n.\r\n',
      'MAIL FROM:<>\r\nRCPT TO:<g@h.example> NOTIFY=NEVER\r\nDATA\r\n',
      '.\r\n',
      'QUIT\r\n',
    ])
    expect(taken).toEqual([
      [['c@d.example', 'e@f.example'], address],
      [['g@h.example'], address],
    ])
    const codes = heard.match(/^\d{3}(?= )/gm)
    expect(codes?.join(' ')).toBe('220 250 250 250 250 354 250 250 250 354 250 221')
  })

  it('sees a final dot that comes in pieces', async () => {
    const port = await freePort()
    const taken: string[] = []
    hosts = await startSinkHosts([address], port, {
      onMessage: (recipients) => void taken.push(...recipients),
    })
    const socket = connect(port, address).setNoDelay(true).setEncoding('latin1')
    let heard = ''
    socket.on('data', (text: string) => (heard += text))
    const says = async (piece: string, codes: number): Promise<void> => {
      socket.write(piece)
      while ((heard.match(/^\d{3} /gm) ?? []).length < codes) await once(socket, 'data')
    }
    await says('EHLO relay.test\r\n', 2)
    await says('MAIL FROM:<>\r\nRCPT TO:<a@b.example>\r\nDATA\r\n', 5)
    for (const piece of ['text\r', '\n.', '\r']) {
      socket.write(piece)
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(taken).toEqual([])
    await says('\n', 6)
    expect(taken).toEqual(['a@b.example'])
    socket.destroy()
  })

  it('answers no final dot before it is opened', async () => {
    const port = await freePort()
    const taken: string[] = []
    const door = Promise.withResolvers<undefined>()
    hosts = await startSinkHosts([address], port, {
      open: door.promise,
      onMessage: (recipients) => void taken.push(...recipients),
    })
    const spoken = speak(port, [
      'EHLO relay.test\r\n',
      'MAIL FROM:<>\r\nRCPT TO:<a@b.example>\r\nDATA\r\n',
      'text\r\n.\r\n',
      'QUIT\r\n',
    ])
    // Whoever comes later and is served shows that the dot has been read.
    await soon('a connection', () => hosts?.connections === 1)
    await speak(port, ['EHLO relay.test\r\n', 'NOOP\r\n', 'NOOP\r\n', 'QUIT\r\n'])
    expect(taken).toEqual([])
    door.resolve(undefined)
    await spoken
    expect(taken).toEqual(['a@b.example'])
  })

  it('gives every recipient the reply that it is told', async () => {
    const port = await freePort()
    hosts = await startSinkHosts([address], port, { rcpt: () => '450 4.2.1 later' })
    const heard = await speak(port, [
      'EHLO relay.test\r\n',
      'MAIL FROM:<>\r\nRCPT TO:<a@b.example>\r\nDATA\r\n',
      'QUIT\r\n',
    ])
    expect(heard).toContain('\r\n450 4.2.1 later\r\n554 ')
  })

  it('ends the connection with a 421 and answers nothing that was sent behind it', async () => {
    const port = await freePort()
    hosts = await startSinkHosts([address], port, {
      rcpt: (recipient) => (recipient === 'c@d.example' ? '421 4.3.0 bye' : '250 2.1.5 ok'),
    })
    const heard = await speak(port, [
      'EHLO relay.test\r\n',
      'MAIL FROM:<>\r\nRCPT TO:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nRCPT TO:<e@f.example>\r\n',
      'DATA\r\n',
    ])
    expect(heard).toMatch(/\r\n250 2\.1\.5 ok\r\n421 4\.3\.0 bye\r\n$/)
  })
})

describe('startWaryHosts', () => {
  const offer = 'MAIL FROM:<>\r\nRCPT TO:<a@b.example>\r\n'
  const hello = 'EHLO relay.test\r\n'

  it('puts off all on the first connection and takes mail on the next', async () => {
    const port = await freePort()
    let followed = 0
    const taken: string[] = []
    hosts = await startWaryHosts([address], port, {
      onMessage: (recipients) => void taken.push(...recipients),
      onMailAfterRefusal: () => void (followed += 1),
    })
    expect(await speak(port, [hello, offer, 'QUIT\r\n'])).toContain('\r\n450 4.3.2 ')
    await soon('the end of that connection', () => hosts?.open === 0)
    expect(await speak(port, [hello, offer, 'DATA\r\n', '.\r\n', offer, 'QUIT\r\n'])).not.toContain(
      '450',
    )
    expect(taken).toEqual(['a@b.example'])
    expect(followed).toBe(0)
  })

  it('keeps a connection that it put off as it is, and tells of each transaction that is begun there', async () => {
    const port = await freePort()
    let followed = 0
    hosts = await startWaryHosts([address], port, {
      onMailAfterRefusal: () => void (followed += 1),
    })
    const heard = await speak(port, [hello, offer, `RSET\r\n${offer}`, offer, 'QUIT\r\n'])
    expect(heard.match(/^450 /gm)).toHaveLength(3)
    expect(followed).toBe(2)
  })

  it('gives a client that never named a recipient no trust', async () => {
    const port = await freePort()
    hosts = await startWaryHosts([address], port)
    await speak(port, [hello, 'QUIT\r\n'])
    await soon('the end of that connection', () => hosts?.open === 0)
    expect(await speak(port, [hello, offer, 'QUIT\r\n'])).toContain('\r\n450 4.3.2 ')
  })
})

describe('hosts that do not speak', () => {
  it('keep a connection without a word, or end it, and count it either way', async () => {
    const port = await freePort()
    hosts = await startDroppingHosts([address], port)
    expect(await speak(port, [])).toBe('')
    expect(hosts.connections).toBe(1)
    await hosts[Symbol.asyncDispose]()
    hosts = await startSilentHosts([address], port)
    const socket = connect(port, address)
    socket.on('error', () => undefined)
    await once(socket, 'connect')
    await soon('an open connection', () => hosts?.open === 1)
    expect(hosts.connections).toBe(1)
    socket.destroy()
  })
})
