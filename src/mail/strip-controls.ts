/** Without C0 and C1 control characters, line and paragraph separators: what can be put on one line anywhere. */
export const stripControls = (text: string): string =>
  text.replaceAll(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/g, ' ')
