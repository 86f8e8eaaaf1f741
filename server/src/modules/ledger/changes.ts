export type LedgerChange = 'usage' | 'batch'
/** When the calls of a change started, in milliseconds since 1970, both ends included. */
export type StartedWithin = { from: number; to: number }
type Listener = (organizationId: string, what: LedgerChange, within?: StartedWithin) => void

const listeners = new Set<Listener>()

/** Calls `listener` after each committed change of an organization's ledger. Returns the function that ends it. */
export function onLedgerChange(listener: Listener): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/**
 * Tells all listeners that something of `organizationId` was committed. A change of usage says when its calls started;
 * without `within` it may have touched any time. A listener that throws stops nobody else.
 */
export function announceLedgerChange(organizationId: string, what: LedgerChange, within?: StartedWithin): void {
  for (const listener of listeners) {
    try {
      listener(organizationId, what, within)
    } catch {
      // The rows are on disk whatever a listener makes of them: a broken page must not turn a commit into a failure.
    }
  }
}
