/** `node src/bin/main.ts <verb> …`, under Node 24 and with everything in place; `sluice.js` sees to both. */
import { main } from '../cli/main.ts'
import { endsUnheard, statusUnwritten } from '../cli/exit-status.ts'

// What the relay keeps, and every copy of it, holds other people's mail: for its owner only.
process.umask(0o077)

const args = process.argv.slice(2)
const [verb = ''] = args
// The signal that starts a relay again must not end one that is not there yet.
if (verb === 'start') process.on('SIGUSR2', () => undefined)
let unwritten = false
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', ({ code }: NodeJS.ErrnoException) => {
    if (code !== 'EPIPE') unwritten = true
    else if (endsUnheard(verb)) process.exit()
  })
}
process.on('exit', (status) => {
  if (unwritten) process.exitCode = statusUnwritten(verb, status)
})

process.exitCode = await main(args, {
  in: process.stdin,
  out: process.stdout,
  err: process.stderr,
})

// At an end by itself Node closes all that is open, also a store whose log must stay as it is after a fault of its disk.
process.once('beforeExit', () => process.exit())
