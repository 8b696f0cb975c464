/** Copies or restores a store in a process of its own, to be killed or kept from writing: `backup|restore FROM TO`. */
import { copyStore, restoreStore } from '../../../src/store/file/copies.ts'

const [, , what, from = '', to = ''] = process.argv
console.log('begins')
if (what === 'backup') copyStore(from, to)
else restoreStore(from, to, Date.now())
