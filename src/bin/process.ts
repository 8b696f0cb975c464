/**
 * bin is in charge of the doors that a person, a supervisor or systemd opens: each takes what the outside gives and
 * calls one function. This one is the process that the supervisor starts: `node src/bin/process.ts store`.
 */
import { runProcess } from '../app/run-process.ts'

await runProcess(process.argv[2] ?? '')
