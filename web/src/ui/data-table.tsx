import { ArrowDown, ArrowUp } from 'lucide-react'
import { type ReactNode, useMemo, useState } from 'react'

export type TableColumn<Row> = {
  id: string
  header: ReactNode
  align?: 'left' | 'right'
  cell: (row: Row) => ReactNode
  /** stands under the column in the total row */
  total?: ReactNode
  /** makes the column sortable; compares two rows as ascending */
  compare?: (a: Row, b: Row) => number
  width?: number | string
  /**
   * where the cell stands on a phone, once a row becomes two lines: `title` and `amount` above, `note` and `aside` below. One
   * column takes one place; a column without a place is left out. Without any, the table scrolls sideways instead.
   */
  phone?: 'title' | 'amount' | 'note' | 'aside'
}

/** A table for tens of rows: sticky head and total, sorting, rows that can be pressed. Thousands belong into the grid. */
export function DataTable<Row>({
  caption,
  columns,
  rows,
  rowKey,
  onRow,
  chosenKey,
  hasTotal = false,
}: {
  /** for screen readers */ caption: string
  columns: readonly TableColumn<Row>[]
  rows: readonly Row[]
  rowKey: (row: Row) => string
  onRow?: (row: Row) => void
  chosenKey?: string | null
  hasTotal?: boolean
}) {
  const [sort, setSort] = useState<{ id: string; down: boolean } | null>(null)
  const shown = useMemo(() => {
    const column = sort && columns.find((candidate) => candidate.id === sort.id)
    if (!sort || !column?.compare) return rows
    const sorted = [...rows].sort(column.compare)
    return sort.down ? sorted.reverse() : sorted
  }, [rows, columns, sort])
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <div className="table-wrap" tabIndex={0}>
      <table className={columns.some((column) => column.phone) ? 'table two-line' : 'table'}>
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th
                key={column.id}
                scope="col"
                className={column.align === 'right' ? 'right' : undefined}
                style={{ width: column.width }}
                aria-sort={sort?.id === column.id ? (sort.down ? 'descending' : 'ascending') : undefined}
              >
                {column.compare ? (
                  <button
                    type="button"
                    onClick={() =>
                      setSort((before) => ({ id: column.id, down: before?.id === column.id ? !before.down : true }))
                    }
                  >
                    {column.header}
                    {sort?.id === column.id &&
                      (sort.down ? (
                        <ArrowDown size={12} aria-hidden="true" />
                      ) : (
                        <ArrowUp size={12} aria-hidden="true" />
                      ))}
                  </button>
                ) : (
                  column.header
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((row) => {
            const key = rowKey(row)
            return (
              <tr
                key={key}
                className={`${onRow ? 'clickable' : ''} ${chosenKey === key ? 'chosen' : ''}`}
                tabIndex={onRow ? 0 : undefined}
                onClick={onRow && (() => onRow(row))}
                onKeyDown={
                  onRow &&
                  ((event) => {
                    if (event.key === 'Enter' || event.key === ' ') {
                      event.preventDefault()
                      onRow(row)
                    }
                  })
                }
              >
                {columns.map((column) => (
                  <td
                    key={column.id}
                    className={column.align === 'right' ? 'right' : undefined}
                    data-phone={column.phone}
                    data-label={typeof column.header === 'string' ? column.header : undefined}
                  >
                    {column.cell(row)}
                  </td>
                ))}
              </tr>
            )
          })}
        </tbody>
        {hasTotal && (
          <tfoot>
            <tr>
              {columns.map((column) => (
                <td key={column.id} className={column.align === 'right' ? 'right' : undefined}>
                  {column.total}
                </td>
              ))}
            </tr>
          </tfoot>
        )}
      </table>
    </div>
  )
}
