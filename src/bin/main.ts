/** `node src/bin/main.ts <verb> …`, under Node 24 and with everything in place; `sluice.js` sees to both. */
import { main } from '../cli/main.ts'

// `sluice mailq | head`: whoever reads has seen enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit()
  throw error
})

process.exitCode = await main(process.argv.slice(2), {
  in: process.stdin,
  out: process.stdout,
  err: process.stderr,
})
