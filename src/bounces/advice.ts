/** What a person can do about a failure, by enhanced status (RFC 3463): the first line that fits counts. */
const byStatus: readonly [status: RegExp, advice: string][] = [
  [
    /^\d\.1\.[1346]$/,
    'Check the part before the @ for typing mistakes, or ask the recipient for the present address.',
  ],
  [/^\d\.1\.2$/, 'Check the part after the @ for typing mistakes.'],
  [
    /^\d\.1\.10$/,
    'The domain after the @ does not take mail. Ask the recipient for another address.',
  ],
  [
    /^\d\.1\.[78]$/,
    'Your own sender address was not accepted. Check it in the settings of your mail program.',
  ],
  [/^\d\.2\.1$/, 'The mailbox is closed at present. Reach the recipient another way.'],
  [
    /^\d\.2\.2$/,
    'The mailbox is full. Send it again in a few days, or reach the recipient another way.',
  ],
  [
    /^\d\.(?:2\.3|3\.4)$/,
    'The message is too large for the recipient. Send less, or a link instead of the attachment.',
  ],
  [
    /^\d\.4\.6$/,
    "Mail to this address runs in circles. Tell whoever looks after the recipient's mail.",
  ],
  [/^\d\.4\.7$/, 'Send it again later, or reach the recipient another way.'],
  [/^\d\.4\.\d+$/, "The recipient's mail servers could not be reached. Send it again later."],
  [
    /^\d\.7\.\d+$/,
    "The recipient's server refused the message by its rules. Show its words to whoever looks after your mail.",
  ],
]

const otherwise = 'Show the words above to whoever looks after your mail.'

export const adviceFor = (status: string): string =>
  byStatus.find(([pattern]) => pattern.test(status))?.[1] ?? otherwise
