import { createConnection, createServer, type AddressInfo } from 'node:net'

/** Nobody listens there yet, and the kernel may offer one of them again. */
const given = new Set<number>()

/** A TCP port that is free on all of these addresses at this moment, another one each time. */
export async function freePort(addresses: readonly string[] = ['127.0.0.1']): Promise<number> {
  for (;;) {
    const [first = '127.0.0.1', ...others] = addresses
    const port = await tryListen(first, 0)
    const free = await Promise.all(others.map((address) => tryListen(address, port)))
    if (port === 0 || free.includes(0) || given.has(port)) continue
    given.add(port)
    return port
  }
}

/** Listens for a moment: the port, or 0 where it is taken. */
const tryListen = (address: string, port: number): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(0))
    server.listen(port, address, () => {
      const bound = (server.address() as AddressInfo).port
      server.close(() => resolve(bound))
    })
  })

/** Whether somebody answers there with an SMTP greeting. */
export const greets = (address: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createConnection({ host: address, port })
    socket.setTimeout(2000, () => socket.destroy())
    socket.once('data', (bytes) => {
      resolve(bytes.toString('latin1').startsWith('220'))
      socket.end('QUIT\r\n')
    })
    socket.once('error', () => resolve(false))
    socket.once('close', () => resolve(false))
  })
