export type LedgerChange = 'usage' | 'batch'
type Listener = (organizationId: string, what: LedgerChange) => void

const listeners = new Set<Listener>()

/** Calls `listener` after each committed change of an organization's ledger. Returns the function that ends it. */
export function onLedgerChange(listener: Listener): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Tells all listeners that something of `organizationId` was committed. A listener that throws stops nobody else. */
export function announceLedgerChange(organizationId: string, what: LedgerChange): void {
  for (const listener of listeners) {
    try {
      listener(organizationId, what)
    } catch {
      // The rows are on disk whatever a listener makes of them: a broken page must not turn a commit into a failure.
    }
  }
}
