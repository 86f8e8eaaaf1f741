/** Who asks, and for which organization. No statement reaches a store without one. */
export type Scope = {
  readonly organizationId: string
  /** The person or key behind the call, for the audit trail; `system` for the server itself. */
  readonly actor: string
}
