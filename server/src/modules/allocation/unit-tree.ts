import type { Unit } from './contract'

/** What is stored of a unit from one month on. */
export type StoredUnit = Omit<Unit, 'from' | 'to' | 'path'> & { fromMonth: string; ended: boolean }

/** A month before all others. */
export const everSince = '0001-01'

/** The tree of one month. */
export type UnitTree = {
  month: string
  units: Unit[]
  byKey: Map<string, Unit>
  /** Where the money of a key goes in this month: itself, what it was merged into, or null when it does not exist. */
  resolve(key: string): string | null
  /** Units without units below them. */
  leaves: string[]
  /** Spelling in small letters → unit key. */
  names: Map<string, string>
  /** Spellings that mean more than one unit, and therefore none. */
  ambiguous: { spelling: string; units: string[] }[]
  /** Units that would stand below themselves, and stand at the top instead. */
  cut: string[]
  /** Keys of the unit and all below it. */
  under(key: string): string[]
}

/** The tree as it was in `month`, from every stored state of every unit. */
export function treeAt(states: StoredUnit[], month: string): UnitTree {
  const ofKey = new Map<string, StoredUnit[]>()
  for (const state of states) ofKey.set(state.key, [...(ofKey.get(state.key) ?? []), state])
  const now = new Map<string, { state: StoredUnit; to: string | null }>()
  for (const [key, list] of ofKey) {
    list.sort((a, b) => (a.fromMonth < b.fromMonth ? -1 : 1))
    const at = list.findLastIndex((state) => state.fromMonth <= month)
    if (at < 0) continue
    now.set(key, { state: list[at]!, to: list.slice(at + 1).find((state) => state.ended)?.fromMonth ?? null })
  }
  const alive = new Map([...now].filter(([, { state }]) => !state.ended))
  const resolve = (key: string): string | null => {
    const seen = new Set<string>()
    let current: string | null = key
    while (current !== null && !alive.has(current)) {
      if (seen.has(current)) return null
      seen.add(current)
      current = now.get(current)?.state.mergedInto ?? null
    }
    return current
  }
  // A unit whose parent ended hangs where the parent was merged into, or else at the top; a ring is cut at its first member.
  const parents = new Map<string, string | null>()
  const cut: string[] = []
  for (const [key, { state }] of alive) {
    let parent = state.parent === null ? null : resolve(state.parent)
    for (let up = parent; up !== null; up = parents.get(up) ?? null) if (up === key) parent = null
    if (parent === null && state.parent !== null && resolve(state.parent) !== null) cut.push(key)
    parents.set(key, parent)
  }
  const pathOf = (key: string): string[] => {
    const path: string[] = []
    for (let up: string | null = key; up !== null && !path.includes(up); up = parents.get(up) ?? null) path.unshift(up)
    return path
  }
  const units = [...alive]
    .map(([key, { state, to }]): Unit => {
      const { fromMonth: _, ended: __, ...rest } = state
      const first = ofKey.get(key)![0]!.fromMonth
      return { ...rest, parent: parents.get(key)!, from: first === everSince ? null : first, to, path: pathOf(key) }
    })
    .sort((a, b) => (a.path.join('/') < b.path.join('/') ? -1 : 1))
  const byKey = new Map(units.map((unit) => [unit.key, unit]))
  const isParent = new Set([...parents.values()])

  const claims = new Map<string, Set<string>>()
  const claim = (spelling: string, key: string) => {
    const text = spelling.trim().toLowerCase()
    if (text !== '') claims.set(text, (claims.get(text) ?? new Set()).add(key))
  }
  for (const unit of units) for (const text of [unit.name, ...unit.aliases, unit.costCenter]) claim(text, unit.key)
  for (const [key, { state }] of now) {
    const target = resolve(key)
    if (state.ended && target !== null) for (const text of [key, state.name, ...state.aliases]) claim(text, target)
  }
  // A key always means its own unit, whatever others call themselves.
  for (const unit of units) claims.set(unit.key, new Set([unit.key]))
  const names = new Map<string, string>()
  const ambiguous: UnitTree['ambiguous'] = []
  for (const [spelling, keys] of claims) {
    const [only] = keys
    if (keys.size === 1) names.set(spelling, only!)
    else ambiguous.push({ spelling, units: [...keys].sort() })
  }
  return {
    month,
    units,
    byKey,
    resolve,
    leaves: units.filter((unit) => !isParent.has(unit.key)).map((unit) => unit.key),
    names,
    ambiguous,
    cut,
    under: (key) => units.filter((unit) => unit.path.includes(key)).map((unit) => unit.key),
  }
}
