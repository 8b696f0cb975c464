import { rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'

/** What the sandbox says at the end of each message; it stands in every attempt that it took. */
const swallowed = '250 2.0.0 swallowed by the sandbox'
const longestLine = 64 * 1024
const endOfData = '\r\n.\r\n'

/**
 * The host at the end of the sandbox route: a real SMTP server (RFC 5321) that takes every message from every sender to
 * every recipient and lets it go. It listens on a unix socket in the data folder, where nobody else gets to.
 */
export async function startSandboxServer(socketPath: string): Promise<{ close(): Promise<void> }> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    serve(socket)
  })
  rmSync(socketPath, { force: true })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(socketPath, resolve)
  })
  return {
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

function serve(socket: Socket): void {
  let inData = false
  let rest = ''
  socket.write('220 sandbox ESMTP Sluice: nothing leaves\r\n')
  socket.on('data', (bytes) => {
    const replies: string[] = []
    rest += bytes.toString('latin1')
    for (;;) {
      const mark = inData ? endOfData : '\n'
      const at = rest.indexOf(mark)
      if (at < 0) break
      const line = rest.slice(0, at)
      rest = rest.slice(at + mark.length)
      const reply = inData ? swallowed : replyTo(line)
      inData = reply.startsWith('354')
      // An empty message has no line before its final dot
      if (inData) rest = `\r\n${rest}`
      replies.push(reply)
    }
    if (inData) rest = rest.slice(1 - endOfData.length)
    else if (rest.length > longestLine) socket.destroy()
    if (replies.length === 0 || socket.destroyed) return
    socket.write(`${replies.join('\r\n')}\r\n`)
    if (replies.at(-1)?.startsWith('221')) socket.end()
  })
}

function replyTo(line: string): string {
  switch (line.slice(0, 4).toUpperCase()) {
    case 'EHLO':
      return '250-sandbox\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-DSN\r\n250 ENHANCEDSTATUSCODES'
    case 'DATA':
      return '354 go ahead'
    case 'QUIT':
      return '221 2.0.0 bye'
    case 'MAIL':
      return '250 2.1.0 ok'
    case 'RCPT':
      return '250 2.1.5 ok'
    default:
      return '250 2.0.0 ok'
  }
}
