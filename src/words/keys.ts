/** Integer key of a message inside one store; never shown outside. */
export type MessageKey = number
/** Integer key of a recipient: `messageKey * recipientsPerMessage + index`, so a message's recipients lie side by side. */
export type RecipientKey = number

/** The highest number of recipients that one message can have, and the stride of RecipientKey. */
export const recipientsPerMessage = 65_536

export const messageOf = (recipient: RecipientKey): MessageKey =>
  Math.floor(recipient / recipientsPerMessage)
export const indexOf = (recipient: RecipientKey): number => recipient % recipientsPerMessage
export const firstRecipient = (message: MessageKey): RecipientKey => message * recipientsPerMessage
