import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { parseListenAddress } from '../config/listen-address.ts'
import type { Settings } from '../config/settings.ts'
import { SettingsError, type SettingsProblem } from '../config/settings-error.ts'

/** Throws SettingsError naming each address that can't be listened on, at all or together with the others. */
export async function checkPorts({ submission, api, metrics }: Settings): Promise<void> {
  const wanted = [
    ...submission.listen.map((text) => ({ key: 'submission.listen', text })),
    ...submission.listenTls.map((text) => ({ key: 'submission.listen_tls', text })),
    ...api.listen.map((text) => ({ key: 'api.listen', text })),
    ...metrics.listen.map((text) => ({ key: 'metrics.listen', text })),
  ]
  const problems: SettingsProblem[] = []
  const servers: Server[] = []
  for (const { key, text } of wanted) {
    const server = createServer()
    const code = await listenFault(server, text)
    if (code === null) servers.push(server)
    else problems.push({ key, ...describeFault(code, text) })
  }
  await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()))
  if (problems.length > 0) throw new SettingsError(problems)
}

/** Tries to listen there. Returns the error code; null: it works. */
async function listenFault(server: Server, text: string): Promise<string | null> {
  const wanted = parseListenAddress(text)
  if (!wanted || wanted.port === 0) return null
  try {
    server.listen({ host: wanted.address, port: wanted.port, exclusive: true, ipv6Only: true })
    await once(server, 'listening')
    return null
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'a fault'
  }
}

function describeFault(code: string, text: string): { problem: string; mend: string } {
  switch (code) {
    case 'EADDRINUSE':
      return {
        problem: `something else listens on ${text}`,
        mend: 'stop it, or write another port here',
      }
    case 'EACCES':
      return {
        problem: `this user may not listen on ${text}`,
        mend: 'write a port from 1024 up, or give the process CAP_NET_BIND_SERVICE',
      }
    case 'EADDRNOTAVAIL':
    case 'EAFNOSUPPORT':
      return {
        problem: `this machine has no such address (${text})`,
        mend: 'write one of its own addresses',
      }
    default:
      return { problem: `${text} can't be listened on (${code})`, mend: 'write another address' }
  }
}
