/** What the launcher carries out itself, beside the verbs of src/cli: how it is called, and what it does. */
const usages = {
  setup: `usage: sluice setup

Fetch what a start needs and is missing (Node 24, packages, Redis) into this folder. Nothing is started.
`,
  exec: `usage: sluice exec COMMAND [ARGUMENT…]

Run a command with the Node, the packages and the Redis of this folder, as "npm test" does.
`,
}

const isHelp = (word) => word === '--help' || word === '-h'

/** Whether a verb's help is asked for. What follows `exec COMMAND` is the command's own; what follows `--` is no option. */
export function asksForHelp(verb, rest) {
  if (verb === 'exec') return isHelp(rest[0])
  const end = rest.indexOf('--')
  return rest.slice(0, end < 0 ? rest.length : end).some(isHelp)
}

/** The help for a verb of the launcher's own where that is asked for; null: something else is wanted. */
export function ownHelp(verb, rest) {
  const asked = verb === 'help' ? rest[0] : asksForHelp(verb, rest) ? verb : ''
  return Object.hasOwn(usages, asked) ? usages[asked] : null
}

/** What is wrong with the words after a verb of the launcher's own, and how it is called; null: nothing. */
export function wrongUsage(verb, rest) {
  if (verb === 'setup' && rest.length > 0)
    return `unexpected argument "${rest[0]}"\n${formOf(verb)}`
  return verb === 'exec' && rest.length === 0 ? `exec: COMMAND is missing\n${formOf(verb)}` : null
}

const formOf = (verb) => usages[verb].split('\n', 1)[0]
