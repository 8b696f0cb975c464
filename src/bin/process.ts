/** The process that the supervisor starts: `node src/bin/process.ts store`. */
import { runProcess } from '../app/run-process.ts'

await runProcess(process.argv[2] ?? '')
