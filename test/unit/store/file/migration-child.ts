/** Opens a store for writing and kills itself, with -9, in the midst of its migration: `FILE POINT`, the n-th progress. */
import { openForWriting } from '../../../../src/store/file/database.ts'

const [, , path = '', point = ''] = process.argv
let met = 0
openForWriting(path, () => {
  if (++met === Number(point)) process.kill(process.pid, 'SIGKILL')
}).close()
