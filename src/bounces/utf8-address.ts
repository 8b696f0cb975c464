/**
 * Writes an internationalized address in ASCII as the `utf-8` address type wants it where only ASCII may stand:
 * `\x{HEX}` for each character that isn't plain (RFC 6533 §3, utf-8-addr-xtext).
 */
export const encodeUtf8Address = (address: string): string =>
  Array.from(address, (character) =>
    /[!-*,-<>-[\]-~]/.test(character) ? character : `\\x{${hexPoint(character)}}`,
  ).join('')

/** An address of type `utf-8` that may be so encoded in part: only what isn't ASCII is left to be encoded. */
export const encodeRestOfUtf8Address = (address: string): string =>
  address.replaceAll(/[^\x00-\x7f]/gu, encodeUtf8Address)

const hexPoint = (character: string): string =>
  (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(2, '0')
