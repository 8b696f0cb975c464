/** `node src/bin/main.ts <verb> …`, under Node 24 and with everything in place; `sluice.js` sees to both. */
import { main } from '../cli/main.ts'

process.exitCode = await main(process.argv.slice(2), {
  in: process.stdin,
  out: process.stdout,
  err: process.stderr,
})
