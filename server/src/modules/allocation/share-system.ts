import { add, multiply, one, type Ratio, ratio, solve, subtract, sum, zero } from './ratio'

/** Where what no target takes ends up. */
export const nobody = ''

/** One pot of shared cost. */
export type SharedNode = {
  id: string
  /** What it holds before other pots pour into it, in units of the last digit. */
  own: bigint
  /** Ids of the pots that it may pour into. */
  feeds: string[]
  /**
   * What fraction each target takes of `total`. Targets are unit keys, ids of pots in `feeds`, or `nobody`; fractions are not
   * negative and add up to at most one. Inside a cycle `total` is null: fractions must then not depend on it.
   */
  fractions: (total: Ratio | null) => Map<string, Ratio>
}

export type SolvedShares = {
  /** Of each pot: what fraction of its own money ends at each unit, or at `nobody`. They add up to one. */
  shares: Map<string, Map<string, Ratio>>
  /** Of each pot: what it pours into each target directly. */
  edges: Map<string, Map<string, Ratio>>
  /** What each pot pours out: its own and what came in. */
  totals: Map<string, Ratio>
  /** Pots that pour into one another, in a ring or wider. */
  cycles: string[][]
  /** Cycles that nothing leaves: their money cannot reach a unit and stays with `nobody`. */
  singular: string[][]
}

/** Solves who ends up with what, exactly: cascades in order, cycles as a system of linear equations. */
export function solveShares(nodes: SharedNode[]): SolvedShares {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const groups = groupsInOrder(nodes)
  const edges: SolvedShares['edges'] = new Map()
  const totals: SolvedShares['totals'] = new Map(nodes.map((node) => [node.id, ratio(node.own)]))
  const cycles: string[][] = []
  const singular: string[][] = []

  for (const group of groups) {
    const inside = new Set(group)
    const circular = group.length > 1 || byId.get(group[0]!)!.feeds.includes(group[0]!)
    for (const id of group) edges.set(id, complete(byId.get(id)!.fractions(circular ? null : totals.get(id)!)))
    if (circular) {
      cycles.push([...group].sort())
      const flowing = group.map((id) => edges.get(id)!)
      // total = own + inflow: (I − Pᵀ) · total = own
      const matrix = group.map((into, i) =>
        group.map((_, j) => subtract(i === j ? one : zero, flowing[j]!.get(into) ?? zero)),
      )
      const solved = solve(
        matrix,
        group.map((id) => [totals.get(id)!]),
      )
      if (solved === null) {
        singular.push([...group].sort())
        for (const id of group) edges.set(id, new Map([[nobody, one]]))
      } else for (const [i, id] of group.entries()) totals.set(id, solved[i]![0]!)
    }
    for (const id of group)
      for (const [target, fraction] of edges.get(id)!)
        if (byId.has(target) && !inside.has(target))
          totals.set(target, add(totals.get(target)!, multiply(totals.get(id)!, fraction)))
  }

  const shares: SolvedShares['shares'] = new Map()
  for (const group of [...groups].reverse()) {
    const inside = new Set(group)
    const leaving = group.map((id) => {
      const out = new Map<string, Ratio>()
      const give = (key: string, part: Ratio) => out.set(key, add(out.get(key) ?? zero, part))
      for (const [target, fraction] of edges.get(id)!) {
        if (inside.has(target)) continue
        const further = shares.get(target)
        if (further) for (const [unit, part] of further) give(unit, multiply(fraction, part))
        else give(target, fraction)
      }
      return out
    })
    const flows = group.some((id) => group.some((other) => edges.get(id)!.has(other)))
    if (!flows) {
      for (const [i, id] of group.entries()) shares.set(id, leaving[i]!)
      continue
    }
    const units = [...new Set(leaving.flatMap((out) => [...out.keys()]))].sort()
    // share = leaving + P · share: (I − P) · share = leaving
    const matrix = group.map((id, i) =>
      group.map((other, j) => subtract(i === j ? one : zero, edges.get(id)!.get(other) ?? zero)),
    )
    const solved = solve(
      matrix,
      leaving.map((out) => units.map((unit) => out.get(unit) ?? zero)),
    )!
    for (const [i, id] of group.entries())
      shares.set(
        id,
        new Map(units.map((unit, j) => [unit, solved[i]![j]!] as const).filter(([, part]) => part.n !== 0n)),
      )
  }
  return { shares, edges, totals, cycles, singular }
}

/** Fractions that add up to one: what is missing stays with `nobody`. */
function complete(fractions: Map<string, Ratio>): Map<string, Ratio> {
  const kept = new Map([...fractions].filter(([, part]) => part.n !== 0n))
  const rest = subtract(one, sum(kept.values()))
  if (rest.n < 0n || [...kept.values()].some((part) => part.n < 0n))
    throw new RangeError('fractions must lie between zero and one and add up to one at most')
  if (rest.n > 0n) kept.set(nobody, add(kept.get(nobody) ?? zero, rest))
  return kept
}

/** Strongly connected groups (Tarjan), a group before those it pours into. */
function groupsInOrder(nodes: SharedNode[]): string[][] {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const index = new Map<string, number>()
  const low = new Map<string, number>()
  const stack: string[] = []
  const onStack = new Set<string>()
  const groups: string[][] = []
  const visit = (id: string) => {
    index.set(id, index.size)
    low.set(id, index.get(id)!)
    stack.push(id)
    onStack.add(id)
    for (const next of byId.get(id)!.feeds) {
      if (!byId.has(next)) continue
      if (!index.has(next)) {
        visit(next)
        low.set(id, Math.min(low.get(id)!, low.get(next)!))
      } else if (onStack.has(next)) low.set(id, Math.min(low.get(id)!, index.get(next)!))
    }
    if (low.get(id) !== index.get(id)) return
    const group: string[] = []
    let member: string
    do {
      member = stack.pop()!
      onStack.delete(member)
      group.push(member)
    } while (member !== id)
    groups.push(group)
  }
  for (const { id } of nodes) if (!index.has(id)) visit(id)
  return groups.reverse()
}
