import { rmSync } from 'node:fs'
import { SMTPServer } from 'smtp-server'

/**
 * The host at the end of the sandbox route: a real SMTP server that takes every message and lets it go, on a unix socket
 * that nothing outside the data folder can reach.
 */
export async function startSandboxServer(socketPath: string): Promise<{ close(): Promise<void> }> {
  const server = new SMTPServer({
    name: 'sandbox',
    banner: 'Sluice sandbox: nothing leaves',
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    hideENHANCEDSTATUSCODES: true,
    logger: false,
    onData: (stream, _session, callback) => {
      stream.resume()
      stream.on('end', () => callback(null, '2.0.0 swallowed by the sandbox'))
    },
  })
  server.on('error', () => undefined)
  rmSync(socketPath, { force: true })
  await new Promise<void>((resolve) => server.listen(socketPath, resolve))
  return { close: () => new Promise((resolve) => server.close(() => resolve())) }
}
