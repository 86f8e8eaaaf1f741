import type { Attribution } from './call'

/** What calls made inside a function belong to. */
export type Belongs = { attribution: Attribution; onCall?: (call: import('./call').Call) => void }

type Storage = { getStore(): Belongs | undefined; run<T>(value: Belongs, work: () => T): T }
type Loader = { getBuiltinModule?: (name: string) => { AsyncLocalStorage: new () => Storage } | undefined }

/** Follows asynchronous work where the runtime can (Node, Deno, Bun, Workers with Node compatibility). */
const storage: Storage | null = (() => {
  try {
    const loader = (globalThis as { process?: Loader }).process
    const hooks = loader?.getBuiltinModule?.('node:async_hooks')
    return hooks ? new hooks.AsyncLocalStorage() : null
  } catch {
    return null
  }
})()

let innermost: Belongs | undefined

export function current(): Belongs | undefined {
  return storage ? storage.getStore() : innermost
}

/** Runs `work` with its calls belonging to `belongs`. Without support by the runtime, one such function at a time. */
export async function within<T>(belongs: Belongs, work: () => Promise<T> | T): Promise<T> {
  if (storage) return storage.run(belongs, async () => work())
  const before = innermost
  innermost = belongs
  try {
    return await work()
  } finally {
    innermost = before
  }
}
