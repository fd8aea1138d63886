/** Where a store is, and who asks. */
export type StoreOptions = {
  readonly url: string
  readonly user: string
  readonly password: string
  readonly database: string
  /** Of every call that states none, in ms. Must be longer than the slowest query and shorter than a session. */
  readonly request_timeout_ms?: number
  readonly connections_max?: number
  /** Of every statement, besides those that the client sets itself. */
  readonly settings?: Settings
}

export type Params = Readonly<Record<string, unknown>>
export type Settings = Readonly<Record<string, string | number>>
