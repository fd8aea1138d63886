/** A flag of the command line. */
export type Option = {
  /** What stands for the value in the help text, such as `FILE`; without it the flag is a switch. */
  readonly value?: string
  /** May be given more than once. */
  readonly many?: boolean
  readonly help: string
}
