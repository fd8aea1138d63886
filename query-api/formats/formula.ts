/**
 * Whether a spreadsheet would take a text for a formula and run it. What begins so gets an apostrophe before it in CSV.
 * The characters are those that OWASP names (CSV injection), with their full-width forms, which some programs fold.
 */
export function isFormula(text: string): boolean {
  return FORMULA.test(text)
}

const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/
