import { type ReactNode, useCallback, useMemo } from 'react'
import { useLocale } from '../../i18n'
import { Badge, Delta } from '../../ui'
import { ShareBar, Swatch } from '../../ui/chart'
import { percent, ratio, sum, tokens, toNumber } from '../../ui/format'
import { Grid, type GridColumn, type useGridLayout } from '../../ui/grid'
import { isAdditive, type Metric, metricText } from './format-metric'
import { useExploreMessages } from './messages'

export type TableRow = { key: string; values: (string | null)[]; metrics: (string | null)[]; previous: string | null }

type Shown = {
  dimensions: { id: string; name: string }[]
  metrics: Metric[]
  totals: (string | null)[]
  previousTotal: string | null
  /** false where there is nothing to compare with */
  compared: boolean
  before: string
  currency: string
  colors: Map<string, string>
}

type Props = {
  title: string
  columns: GridColumn<TableRow>[]
  layout: ReturnType<typeof useGridLayout>
  dimensions: number
  rows: TableRow[]
  colors: Map<string, string>
  unpriced: { tokens: string; calls: string; models: string[] } | null
  sort: { id: string; down: boolean }
  onSort: (sort: { id: string; down: boolean }) => void
  chosen: string | null
  onChoose: (row: TableRow) => void
}

const keyOf = (row: TableRow) => row.key
const shareColumn = ':share'
const changeColumn = ':change'

/** Columns of an answer: dimensions, the leading metric with its share and change, the other metrics. */
export function useAnswerColumns(shown: Shown): GridColumn<TableRow>[] {
  const { dimensions, metrics, totals, previousTotal, compared, before, currency, colors } = shown
  const t = useExploreMessages()
  const locale = useLocale()
  return useMemo(() => {
    const lead = metrics[0]
    if (!lead) return []
    const total = totals[0] ?? null
    const additive = isAdditive(lead)
    const colorOf = (row: TableRow) => colors.get(row.values[0] ?? '') ?? 'var(--c-other)'
    const named = (row: TableRow, index: number): ReactNode => {
      const value = row.values[index]
      return (
        <span className={value == null ? 'answer-value quiet' : 'answer-value'} title={value ?? undefined}>
          {value ?? t.notSet}
        </span>
      )
    }
    const metricColumn = (metric: Metric, index: number): GridColumn<TableRow> => ({
      id: metric.id,
      name: metric.name[locale],
      align: 'right',
      width: index === 0 ? 170 : 120,
      phone: index === 0 ? 'amount' : undefined,
      sortable: true,
      text: (row) => row.metrics[index] ?? '',
      cell: (row) => (
        <span className={index === 0 ? 'answer-lead' : undefined}>
          {metricText(row.metrics[index], metric, currency, locale)}
        </span>
      ),
      ofGroup: isAdditive(metric)
        ? (rows) => metricText(sum(rows.map((row) => row.metrics[index])), metric, currency, locale)
        : undefined,
      total: metricText(totals[index], metric, currency, locale),
    })
    const share = (values: (string | null | undefined)[]) => {
      const part = sum(values)
      return total === null || part === null ? null : ratio(part, total)
    }
    const columns: GridColumn<TableRow>[] = [
      {
        id: dimensions[0]?.id ?? ':all',
        name: dimensions[0]?.name ?? t.tableTitle,
        width: 260,
        phone: 'title',
        sortable: dimensions.length > 0,
        text: (row) => row.values[0] ?? '',
        cell: (row) => (
          <span className="answer-name">
            {dimensions.length > 0 && <Swatch color={colorOf(row)} />}
            {dimensions.length > 0 ? named(row, 0) : t.allRows}
            {/* On a phone the other dimensions have no column of their own. */}
            {row.values.length > 1 && (
              <span className="answer-also quiet">
                {row.values
                  .slice(1)
                  .map((value) => value ?? t.notSet)
                  .join(', ')}
              </span>
            )}
          </span>
        ),
      },
      ...dimensions.slice(1).map(
        (dimension, index): GridColumn<TableRow> => ({
          id: dimension.id,
          name: dimension.name,
          width: 180,
          sortable: true,
          text: (row) => row.values[index + 1] ?? '',
          cell: (row) => named(row, index + 1),
        }),
      ),
      metricColumn(lead, 0),
    ]
    if (additive)
      columns.push({
        id: shareColumn,
        name: t.share,
        align: 'right',
        width: 130,
        phone: 'note',
        text: (row) => share([row.metrics[0]]) ?? '',
        cell: (row) => {
          const part = share([row.metrics[0]])
          return (
            <span className="answer-share">
              <ShareBar share={part === null ? null : toNumber(part)} color={colorOf(row)} />
              <span className="muted">{part === null ? '–' : percent(part, locale)}</span>
            </span>
          )
        },
        ofGroup: (rows) => {
          const part = share(rows.map((row) => row.metrics[0]))
          return part === null ? '–' : percent(part, locale)
        },
        total: total === null ? '–' : percent('1', locale),
      })
    if (compared)
      columns.push({
        id: changeColumn,
        name: before,
        align: 'right',
        width: 130,
        phone: 'aside',
        text: (row) => row.previous ?? '',
        cell: (row) => (
          <Delta current={row.metrics[0] ?? null} previous={row.previous} goodWhen={lead.goodWhen} threshold={0.1} />
        ),
        ofGroup: additive
          ? (rows) => (
              <Delta
                current={sum(rows.map((row) => row.metrics[0]))}
                previous={sum(rows.map((row) => row.previous))}
                goodWhen={lead.goodWhen}
                threshold={0.1}
              />
            )
          : undefined,
        total: <Delta current={total} previous={previousTotal} goodWhen={lead.goodWhen} />,
      })
    columns.push(...metrics.slice(1).map((metric, index) => metricColumn(metric, index + 1)))
    return columns
  }, [dimensions, metrics, totals, previousTotal, compared, before, currency, colors, locale, t])
}

/** The answer in rows. What has no price stands below them, outside the total. */
export function AnswerTable(props: Props) {
  const { title, columns, layout, dimensions, rows, colors, unpriced, sort, onSort, chosen, onChoose } = props
  const t = useExploreMessages()
  const locale = useLocale()
  const first = columns[0]?.id
  const groupOf = useMemo(
    () =>
      dimensions > 1
        ? {
            value: (row: TableRow) => row.values[0] ?? '',
            name: (row: TableRow) => (
              <>
                <Swatch color={colors.get(row.values[0] ?? '') ?? 'var(--c-other)'} />
                {row.values[0] ?? t.notSet}
              </>
            ),
          }
        : undefined,
    [dimensions, colors, t],
  )
  const after = useCallback(
    (column: GridColumn<TableRow>) => {
      if (!unpriced) return null
      if (column.id === first)
        return (
          <span className="answer-name">
            <Swatch color="var(--warn)" />
            <span className="answer-value">{unpriced.models.slice(0, 3).join(', ')}</span>
            <Badge tone="warn">{t.unpricedRow}</Badge>
          </span>
        )
      if (column.id === 'tokens_total') return tokens(unpriced.tokens, locale)
      if (column.id === 'calls') return tokens(unpriced.calls, locale)
      return column.align === 'right' ? <span className="quiet">–</span> : null
    },
    [unpriced, first, locale, t],
  )
  return (
    <Grid
      label={title}
      columns={columns}
      layout={layout}
      rows={rows}
      rowKey={keyOf}
      groupOf={groupOf}
      sort={sort}
      onSort={onSort}
      chosen={chosen}
      onOpen={onChoose}
      totalName={t.total}
      after={unpriced ? after : undefined}
    />
  )
}
