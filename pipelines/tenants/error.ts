export type TenantErrorCode =
  | 'tenant_exists'
  | 'bad_tenant_name'
  | 'bad_currency'
  | 'bad_time_zone'
  | 'unknown_tenant'
  | 'unknown_key'
  | 'wrong_key_file'
  | 'identity_unavailable'

export class TenantError extends Error {
  readonly code: TenantErrorCode
  constructor(code: TenantErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'TenantError'
    this.code = code
  }
}
