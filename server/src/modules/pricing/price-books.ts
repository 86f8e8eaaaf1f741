import { openPriceBook, type PriceBook } from '@infrazen/ai-cost'
import type { Scope } from '../../primitives/scope'
import type { Postgres } from '../../storage/postgres'
import { bookOptions, type StoredRule } from './price-rule'
import { listRules, newestVersion } from './rule-store'

/** Prices of each organization, opened once and kept until a rule changes. */
export interface PriceBooks {
  /** The book that prices this organization's calls. */
  of(scope: Scope): Promise<PriceBook>
  /** To be called after a change of rules. */
  forget(organizationId: string): void
}

let shipped: PriceBook | undefined

/** The price book the product ships with, read on first use. */
export function shippedBook(): PriceBook {
  shipped ??= openPriceBook()
  return shipped
}

/** Books that hold the shipped prices alone, for whoever has no database. */
export const shippedBooks: PriceBooks = { of: async () => shippedBook(), forget: () => {} }

/** With PostgreSQL as a server others may change rules too: how long a book is used before it asks. */
const freshForMs = 3_000
const booksKept = 200

export function openPriceBooks(postgres: Postgres, now: () => number = Date.now): PriceBooks {
  type Kept = { book: PriceBook; version: number; checkedAt: number }
  const kept = new Map<string, Kept>()
  const generations = new Map<string, number>()

  const read = async (scope: Scope): Promise<Kept> => {
    const version = await newestVersion(postgres, scope)
    const before = kept.get(scope.organizationId)
    if (before && before.version === version) return { ...before, checkedAt: now() }
    const rules = version === 0 ? [] : await listRules(postgres.db, scope)
    return { book: bookOf(rules), version, checkedAt: now() }
  }
  const reading = new Map<string, Promise<Kept>>()

  return {
    async of(scope) {
      const { organizationId } = scope
      const have = kept.get(organizationId)
      if (have && (postgres.embedded || now() - have.checkedAt < freshForMs)) return have.book
      let pending = reading.get(organizationId)
      if (!pending) {
        const generation = generations.get(organizationId) ?? 0
        pending = read(scope).then((fresh) => {
          // A rule that changed while this was read is not in it.
          if ((generations.get(organizationId) ?? 0) === generation) {
            if (kept.size >= booksKept) kept.delete(kept.keys().next().value!)
            kept.set(organizationId, fresh)
          }
          return fresh
        })
        reading.set(organizationId, pending)
        const done = () => {
          if (reading.get(organizationId) === pending) reading.delete(organizationId)
        }
        pending.then(done, done)
      }
      return (await pending).book
    },
    forget(organizationId) {
      generations.set(organizationId, (generations.get(organizationId) ?? 0) + 1)
      kept.delete(organizationId)
      reading.delete(organizationId)
    },
  }
}

/** The shipped prices with an organization's rules in front of them. */
export function bookOf(rules: readonly Pick<StoredRule, 'id' | 'version' | 'terms'>[]): PriceBook {
  return rules.length === 0 ? shippedBook() : openPriceBook(bookOptions(rules))
}
