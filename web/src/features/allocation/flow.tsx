import type { AllocationRow, Unit } from '@server/modules/allocation/contract'
import { useMemo } from 'react'
import { useLocale } from '../../i18n'
import { Card, DataTable } from '../../ui'
import { colorsFor, Sankey, type SankeyLink, type SankeyNode } from '../../ui/chart'
import { add, compare, isNegative, money, percent, ratio, sum, toNumber } from '../../ui/format'
import { useAllocationMessages } from './messages'
import type { Column } from './use-allocation'
import { shownWay, shownWays, sumBy, wayColor } from './ways'

const unitsAtMost = 9
const otherUnit = '\u0001other'

/** From providers through the ways of allocation to units: every column adds up to the same. */
export function Flow({
  rows,
  units,
  column,
  currency,
  height = 540,
  onUnit,
}: {
  rows: AllocationRow[]
  units: Unit[]
  column: Column
  currency: string
  height?: number
  onUnit: (unit: string) => void
}) {
  const t = useAllocationMessages()
  const locale = useLocale()
  const names = useMemo(() => new Map(units.map((unit) => [unit.key, unit.name])), [units])
  const mine = useMemo(
    () => rows.filter((row) => row.currency === currency && row.way !== 'adjustment'),
    [rows, currency],
  )
  const total = sum([...sumBy(mine, (row) => row.currency, column).values()]) ?? '0'
  const show = (amount: string) => money(amount, currency, locale)
  const nameOf = (unit: string) =>
    unit === '' ? t.coverage.unallocated : unit === otherUnit ? t.sankey.others : (names.get(unit) ?? unit)

  const { nodes, links, flows, counts } = useMemo(() => {
    const byUnit = sumBy(mine, (row) => row.unit, column)
    const ranked = [...byUnit.keys()]
      .filter((unit) => unit !== '')
      .sort((a, b) => compare(byUnit.get(b)!, byUnit.get(a)!))
    const kept = new Set(ranked.slice(0, ranked.length > unitsAtMost ? unitsAtMost - 1 : unitsAtMost))
    const seat = (unit: string) => (unit === '' || kept.has(unit) ? unit : otherUnit)
    const byProvider = sumBy(mine, (row) => row.provider, column)
    const providers = [...byProvider.keys()].sort((a, b) => compare(byProvider.get(b)!, byProvider.get(a)!))
    const colors = colorsFor(providers)
    const byWay = sumBy(mine, (row) => shownWay(row.way), column)
    const bySeat = sumBy(mine, (row) => seat(row.unit), column)
    const seats = [
      ...ranked.filter((unit) => kept.has(unit)),
      ...(bySeat.has(otherUnit) ? [otherUnit] : []),
      ...(bySeat.has('') ? [''] : []),
    ]
    const wayName = (way: (typeof shownWays)[number]) => t.coverage[way]
    const label = (unit: string) =>
      unit === '' ? t.coverage.unallocated : unit === otherUnit ? t.sankey.others : (names.get(unit) ?? unit)
    const shown = (amount: string) => money(amount, currency, locale)
    const nodes: SankeyNode[] = [
      ...providers.map((id) => ({
        id: `p:${id}`,
        name: id,
        text: shown(byProvider.get(id)!),
        color: colors.get(id)!,
        depth: 0,
      })),
      ...shownWays
        .filter((way) => byWay.has(way))
        .map((way) => ({
          id: `w:${way}`,
          name: wayName(way),
          text: percent(ratio(byWay.get(way)!, total, 6), locale),
          color: wayColor[way],
          depth: 1,
        })),
      ...seats.map((id) => ({
        id: `u:${id}`,
        name: label(id),
        text: shown(bySeat.get(id)!),
        color: id === '' ? 'var(--warn)' : 'var(--ink)',
        depth: 2,
      })),
    ]
    const left = sumBy(mine, (row) => JSON.stringify([row.provider, shownWay(row.way)]), column)
    const byFlow = sumBy(mine, (row) => JSON.stringify([row.provider, shownWay(row.way), seat(row.unit)]), column)
    // A picture has no room for less than nothing: refunds larger than what they refund stand in the table alone.
    const links: SankeyLink[] = []
    for (const [key, amount] of left) {
      const [provider, way] = JSON.parse(key) as [string, string]
      if (!isNegative(amount))
        links.push({
          from: `p:${provider}`,
          to: `w:${way}`,
          value: toNumber(amount),
          text: shown(amount),
          color: colors.get(provider)!,
        })
    }
    for (const [key, amount] of byFlow) {
      const [provider, way, unit] = JSON.parse(key) as [string, string, string]
      if (!isNegative(amount))
        links.push({
          from: `w:${way}`,
          to: `u:${unit}`,
          value: toNumber(amount),
          text: shown(amount),
          color: colors.get(provider)!,
        })
    }
    const used = new Set(links.flatMap((link) => [link.from, link.to]))
    return {
      nodes: nodes.filter((node) => used.has(node.id)),
      links,
      flows: [...byFlow].map(([key, amount]) => {
        const [provider, way, unit] = JSON.parse(key) as [string, (typeof shownWays)[number], string]
        return { key, provider, way, unit, amount }
      }),
      counts: {
        providers: providers.length,
        ways: byWay.size,
        units: byUnit.size - (byUnit.has('') ? 1 : 0),
        nobody: byUnit.has(''),
      },
    }
  }, [mine, column, names, currency, locale, t, total])

  return (
    <Card flush className="flow-card">
      <Sankey
        title={t.sankey.title}
        note={t.sankey.note(t.columns[column].toLowerCase(), currency, show(total))}
        summary={t.sankey.summary(show(total), counts.providers, counts.units)}
        columns={[t.sankey.providers, t.sankey.ways, t.sankey.units]}
        nodes={nodes}
        links={links}
        height={Math.max(
          height,
          Math.max(...[0, 2].map((depth) => nodes.filter((node) => node.depth === depth).length)) * 52,
        )}
        onPick={(id) => {
          if (id.startsWith('u:') && id !== `u:${otherUnit}`) onUnit(id.slice(2))
        }}
        table={
          <DataTable
            caption={t.sankey.title}
            rows={flows}
            rowKey={(flow) => flow.key}
            hasTotal
            columns={[
              {
                id: 'provider',
                header: t.sankey.provider,
                phone: 'note',
                compare: (a, b) => a.provider.localeCompare(b.provider),
                cell: (flow) => flow.provider,
                total: t.rules.total,
              },
              {
                id: 'way',
                header: t.sankey.way,
                phone: 'aside',
                compare: (a, b) => a.way.localeCompare(b.way),
                cell: (flow) => t.coverage[flow.way],
              },
              {
                id: 'unit',
                header: t.sankey.unit,
                phone: 'title',
                compare: (a, b) => nameOf(a.unit).localeCompare(nameOf(b.unit)),
                cell: (flow) => nameOf(flow.unit),
              },
              {
                id: 'amount',
                header: t.sankey.amount,
                phone: 'amount',
                align: 'right',
                compare: (a, b) => compare(a.amount, b.amount),
                cell: (flow) => show(flow.amount),
                total: show(flows.reduce((all, flow) => add(all, flow.amount), '0')),
              },
            ]}
          />
        }
        below={
          <div className="flow-foot">
            <span>
              {t.sankey.counts(counts.providers, 'providers')} <strong className="num">{show(total)}</strong>
            </span>
            <span aria-hidden="true">=</span>
            <span>
              {t.sankey.counts(counts.ways, 'ways')} <strong className="num">{show(total)}</strong>
            </span>
            <span aria-hidden="true">=</span>
            <span>
              {counts.nobody ? t.sankey.counts(counts.units, 'units') : t.unitPage.count(counts.units)}{' '}
              <strong className="num">{show(total)}</strong>
            </span>
          </div>
        }
      />
    </Card>
  )
}
