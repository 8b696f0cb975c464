/** RFC 3461 §4: printable ASCII but `+` and `=`, and `+` with two digits for anything else. */
const xtextForm = /^(?:[\x21-\x2a\x2c-\x3c\x3e-\x7e]|\+[0-9A-F]{2})*$/

export const isXtext = (text: string): boolean => xtextForm.test(text)

/** What an xtext stands for, octets as Latin-1 characters. */
export const decodeXtext = (text: string): string =>
  text.replaceAll(/\+([0-9A-F]{2})/g, (_, digits: string) =>
    String.fromCharCode(parseInt(digits, 16)),
  )
