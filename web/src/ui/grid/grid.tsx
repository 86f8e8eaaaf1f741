import { ArrowDown, ArrowUp, ChevronDown, ChevronRight } from 'lucide-react'
import { type KeyboardEvent, type PointerEvent, type ReactNode, useEffect, useMemo, useRef, useState } from 'react'
import type { GridColumn, GridLayout } from './layout'
import { useGridMessages } from './messages'
import { tsvOf } from './tsv'
import './grid.css'
import './grid-phone.css'

type Props<Row> = {
  /** for screen readers */ label: string
  columns: readonly GridColumn<Row>[]
  layout: GridLayout
  rows: readonly Row[]
  rowKey: (row: Row) => string
  /** rows are gathered under this value while the reader wants it so */
  groupOf?: { value: (row: Row) => string; name: (row: Row) => ReactNode }
  sort: { id: string; down: boolean }
  onSort: (sort: { id: string; down: boolean }) => void
  chosen: string | null
  onOpen: (row: Row) => void
  totalName: ReactNode
  /** stands below the rows and outside sorting and the total: one cell a column */
  after?: (column: GridColumn<Row>) => ReactNode
}

type Item<Row> =
  | { kind: 'row'; key: string; row: Row }
  | { kind: 'group'; key: string; value: string; rows: readonly Row[]; open: boolean }
type Cell = { row: number; column: number }

const phoneWidth = 768
const heights = { row: 32, phone: 54, head: 31, foot: 36 }
// Rows beyond the edges that are drawn, so that scrolling does not show bare ground.
const beyond = 12

/**
 * The table for answers of any length: only rows in view are drawn; head, total and pinned columns stand still; columns can be
 * resized, hidden and pinned, rows grouped; cells are reached by arrow keys and copied as TSV. On a phone a row is two lines.
 */
export function Grid<Row>(props: Props<Row>) {
  const { label, columns, layout, rows, rowKey, groupOf, sort, onSort, chosen, onOpen, totalName, after } = props
  const t = useGridMessages()
  const scroller = useRef<HTMLElement>(null)
  const [view, setView] = useState({ top: 0, width: 0, height: 600, phone: false })
  const [active, setActive] = useState<Cell>({ row: 0, column: 0 })
  const [anchor, setAnchor] = useState<Cell | null>(null)
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set())
  const [said, setSaid] = useState('')
  const moved = useRef(false)

  useEffect(() => {
    const element = scroller.current
    if (!element) return
    const measure = () =>
      setView((before) => ({
        ...before,
        width: element.clientWidth,
        height: element.clientHeight,
        phone: window.innerWidth < phoneWidth,
      }))
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    measure()
    return () => observer.disconnect()
  }, [])

  const shown = useMemo(() => {
    const visible = columns.map((column, index) => ({ column, pinned: layout.isPinned(column.id, index) }))
    const kept = visible.filter(({ column }) => !layout.isHidden(column.id))
    const some = kept.length > 0 ? kept : visible.slice(0, 1)
    return [...some.filter((one) => one.pinned), ...some.filter((one) => !one.pinned)]
  }, [columns, layout])
  const widths = widthsOf(shown, layout.widths, view.width)
  const items = useMemo(
    () => itemsOf(rows, rowKey, layout.grouped ? groupOf : undefined, closed),
    [rows, rowKey, layout.grouped, groupOf, closed],
  )

  const height = view.phone ? heights.phone : heights.row
  const first = Math.max(0, Math.floor(view.top / height) - beyond)
  const last = Math.min(items.length, Math.ceil((view.top + view.height) / height) + beyond)
  const at: Cell = {
    row: Math.max(0, Math.min(active.row, items.length - 1)),
    column: Math.min(active.column, shown.length - 1),
  }

  // Focus follows the active cell after the keys moved it; a press moves focus by itself.
  useEffect(() => {
    if (!moved.current) return
    moved.current = false
    const cell = scroller.current?.querySelector<HTMLElement>(`[data-cell="${at.row}:${at.column}"]`)
    cell?.focus({ preventScroll: true })
    cell?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  })

  const range = anchor ?? at
  const isSelected = (row: number, column: number) =>
    anchor !== null &&
    row >= Math.min(range.row, at.row) &&
    row <= Math.max(range.row, at.row) &&
    column >= Math.min(range.column, at.column) &&
    column <= Math.max(range.column, at.column)

  const toggle = (key: string) =>
    setClosed((before) => {
      const next = new Set(before)
      if (!next.delete(key)) next.add(key)
      return next
    })
  const press = (item: Item<Row>) => (item.kind === 'row' ? onOpen(item.row) : toggle(item.key))

  const move = (to: Cell, extend: boolean) => {
    const next = {
      row: Math.max(0, Math.min(items.length - 1, to.row)),
      column: Math.max(0, Math.min(shown.length - 1, to.column)),
    }
    setAnchor(extend ? (anchor ?? at) : null)
    setActive(next)
    moved.current = true
    const element = scroller.current
    if (!element) return
    const top = next.row * height
    const room = element.clientHeight - heights.head - heights.foot
    if (top < element.scrollTop) element.scrollTop = top
    else if (top + height > element.scrollTop + room) element.scrollTop = top + height - room
  }

  const copy = () => {
    const cells = items
      .slice(Math.min(range.row, at.row), Math.max(range.row, at.row) + 1)
      .map((item) =>
        shown
          .slice(Math.min(range.column, at.column), Math.max(range.column, at.column) + 1)
          .map(({ column }, index) =>
            item.kind === 'row' ? column.text(item.row) : index === 0 && range.column === 0 ? item.value : '',
          ),
      )
    void navigator.clipboard.writeText(tsvOf(cells)).then(() => setSaid(`${t.copied}: ${cells.length}`))
  }

  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (!(event.target as HTMLElement).closest('[data-cell]')) return
    const page = Math.max(1, Math.floor((view.height - heights.head - heights.foot) / height) - 1)
    const whole = event.ctrlKey || event.metaKey
    const steps: Record<string, Cell> = {
      ArrowDown: { row: at.row + 1, column: at.column },
      ArrowUp: { row: at.row - 1, column: at.column },
      ArrowRight: { row: at.row, column: at.column + 1 },
      ArrowLeft: { row: at.row, column: at.column - 1 },
      PageDown: { row: at.row + page, column: at.column },
      PageUp: { row: at.row - page, column: at.column },
      Home: { row: whole ? 0 : at.row, column: 0 },
      End: { row: whole ? items.length - 1 : at.row, column: shown.length - 1 },
    }
    const to = steps[event.key]
    const item = items[at.row]
    if (to) move(to, event.shiftKey)
    else if (whole && event.key.toLowerCase() === 'c' && !window.getSelection()?.toString()) copy()
    else if (whole && event.key.toLowerCase() === 'a') {
      setAnchor({ row: 0, column: 0 })
      setActive({ row: items.length - 1, column: shown.length - 1 })
    } else if ((event.key === 'Enter' || event.key === ' ') && item) press(item)
    else if (event.key === 'Escape' && anchor !== null) setAnchor(null)
    else return
    event.preventDefault()
  }

  const resize = (id: string, width: number) =>
    layout.setWidths({
      ...Object.fromEntries(
        shown.map(({ column }, index) => [column.id, widths.columns[index]?.width ?? column.width]),
      ),
      [id]: width,
    })
  const place = (index: number) => {
    const pinned = shown[index]?.pinned
    return pinned && !view.phone ? { position: 'sticky' as const, left: widths.columns[index]?.left } : undefined
  }
  const classOf = (index: number, extra = '') =>
    [
      shown[index]?.column.align === 'right' ? 'right' : '',
      shown[index]?.pinned && !view.phone ? 'pinned' : '',
      shown[index]?.pinned && !view.phone && !shown[index + 1]?.pinned ? 'pinned-last' : '',
      extra,
    ]
      .filter(Boolean)
      .join(' ') || undefined

  return (
    <section
      ref={scroller}
      className="table-wrap grid-scroll"
      aria-label={label}
      style={{ scrollPaddingLeft: widths.pinned, scrollPaddingTop: heights.head, scrollPaddingBottom: heights.foot }}
      onScroll={(event) => {
        const { scrollTop } = event.currentTarget
        setView((before) => ({ ...before, top: scrollTop }))
      }}
      onKeyDown={onKeyDown}
    >
      <table
        className={view.phone ? 'grid-phone' : 'table grid-table'}
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a table whose cells are reached by keys is a grid
        role="grid"
        aria-label={label}
        aria-rowcount={items.length + 2}
        aria-colcount={shown.length}
        aria-multiselectable="true"
        style={view.phone ? undefined : { width: widths.table }}
      >
        {!view.phone && (
          <colgroup>
            {shown.map(({ column }, index) => (
              <col key={column.id} style={{ width: widths.columns[index]?.width }} />
            ))}
            {widths.filler && <col />}
          </colgroup>
        )}
        <thead>
          <tr aria-rowindex={1}>
            {shown.map(({ column }, index) => (
              <th
                key={column.id}
                scope="col"
                className={classOf(index)}
                style={place(index)}
                aria-sort={sort.id === column.id ? (sort.down ? 'descending' : 'ascending') : undefined}
              >
                <Heading
                  column={column}
                  sort={sort}
                  onSort={onSort}
                  width={widths.columns[index]?.width ?? column.width}
                  onResize={(width) => resize(column.id, width)}
                />
              </th>
            ))}
            {widths.filler && <td aria-hidden="true" />}
          </tr>
        </thead>
        <tbody>
          {first > 0 && <tr className="grid-space" style={{ height: first * height }} />}
          {items.slice(first, last).map((item, offset) => {
            const row = first + offset
            return (
              <tr
                key={item.key}
                aria-rowindex={row + 2}
                className={`clickable ${item.kind === 'group' ? 'grid-group' : ''} ${chosen === item.key ? 'chosen' : ''}`}
                aria-expanded={item.kind === 'group' ? item.open : undefined}
              >
                {shown.map(({ column }, index) => (
                  // biome-ignore lint/a11y/useKeyWithClickEvents: keys of all cells are handled by the grid around them
                  <td
                    key={column.id}
                    // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a cell of a grid
                    role="gridcell"
                    data-cell={`${row}:${index}`}
                    data-phone={column.phone}
                    aria-selected={isSelected(row, index)}
                    tabIndex={at.row === row && at.column === index ? 0 : -1}
                    className={classOf(index)}
                    style={place(index)}
                    onFocus={() => {
                      if (!moved.current && (at.row !== row || at.column !== index)) setActive({ row, column: index })
                    }}
                    onClick={(event) => {
                      if (event.shiftKey) {
                        setAnchor(anchor ?? at)
                        setActive({ row, column: index })
                        return
                      }
                      setAnchor(null)
                      setActive({ row, column: index })
                      press(item)
                    }}
                  >
                    {item.kind === 'row' ? (
                      column.cell(item.row)
                    ) : index === 0 ? (
                      <span className="grid-group-name" title={item.open ? t.collapse : t.expand}>
                        {item.open ? (
                          <ChevronDown size={14} strokeWidth={1.75} aria-hidden="true" />
                        ) : (
                          <ChevronRight size={14} strokeWidth={1.75} aria-hidden="true" />
                        )}
                        {item.rows[0] !== undefined && groupOf?.name(item.rows[0])}
                        <span className="quiet num">{item.rows.length}</span>
                      </span>
                    ) : (
                      column.ofGroup?.(item.rows)
                    )}
                  </td>
                ))}
                {widths.filler && <td aria-hidden="true" />}
              </tr>
            )
          })}
          {last < items.length && <tr className="grid-space" style={{ height: (items.length - last) * height }} />}
          {after && (
            <tr className="grid-after">
              {shown.map(({ column }, index) => (
                <td key={column.id} data-phone={column.phone} className={classOf(index)} style={place(index)}>
                  {after(column)}
                </td>
              ))}
              {widths.filler && <td aria-hidden="true" />}
            </tr>
          )}
        </tbody>
        <tfoot>
          <tr aria-rowindex={items.length + 2}>
            {shown.map(({ column }, index) => (
              <td key={column.id} data-phone={column.phone} className={classOf(index)} style={place(index)}>
                {index === 0 ? totalName : column.total}
              </td>
            ))}
            {widths.filler && <td aria-hidden="true" />}
          </tr>
        </tfoot>
      </table>
      <span className="visually-hidden" role="status">
        {said}
      </span>
    </section>
  )
}

function Heading<Row>({
  column,
  sort,
  onSort,
  width,
  onResize,
}: {
  column: GridColumn<Row>
  sort: { id: string; down: boolean }
  onSort: (sort: { id: string; down: boolean }) => void
  width: number
  onResize: (width: number) => void
}) {
  const t = useGridMessages()
  const drag = (event: PointerEvent<HTMLElement>) => {
    event.preventDefault()
    const handle = event.currentTarget
    const start = event.clientX
    handle.setPointerCapture(event.pointerId)
    const follow = (moving: globalThis.PointerEvent) => onResize(width + moving.clientX - start)
    const end = () => {
      handle.removeEventListener('pointermove', follow)
      handle.removeEventListener('pointerup', end)
      handle.removeEventListener('pointercancel', end)
    }
    handle.addEventListener('pointermove', follow)
    handle.addEventListener('pointerup', end)
    handle.addEventListener('pointercancel', end)
  }
  const arrow = sort.id === column.id && (sort.down ? ArrowDown : ArrowUp)
  const Arrow = arrow || null
  return (
    <>
      {column.sortable ? (
        <button
          type="button"
          onClick={() => onSort({ id: column.id, down: sort.id === column.id ? !sort.down : column.align === 'right' })}
        >
          <span className="grid-head-name">{column.name}</span>
          {Arrow && <Arrow size={12} strokeWidth={1.75} aria-hidden="true" />}
        </button>
      ) : (
        <span className="grid-head-name">{column.name}</span>
      )}
      {/* biome-ignore lint/a11y/useSemanticElements: a rule cannot be moved */}
      <span
        role="separator"
        aria-orientation="vertical"
        aria-label={t.resize(column.name)}
        aria-valuenow={Math.round(width)}
        aria-valuemin={64}
        aria-valuemax={900}
        tabIndex={0}
        className="grid-resize"
        onPointerDown={drag}
        onKeyDown={(event) => {
          const step = event.key === 'ArrowRight' ? 16 : event.key === 'ArrowLeft' ? -16 : 0
          if (step === 0) return
          event.preventDefault()
          onResize(width + step)
        }}
      />
    </>
  )
}

/** Until the reader has set a width the columns share the room; from then on what is left stays empty. */
function widthsOf<Row>(
  shown: readonly { column: GridColumn<Row>; pinned: boolean }[],
  set: Record<string, number>,
  room: number,
) {
  const own = shown.some(({ column }) => set[column.id] !== undefined)
  const base = shown.map(({ column }) => set[column.id] ?? column.width)
  const sum = base.reduce((total, width) => total + width, 0)
  const factor = own || sum >= room ? 1 : room / sum
  let left = 0
  let pinned = 0
  const columns = base.map((width, index) => {
    const scaled = width * factor
    const found = { width: scaled, left }
    left += scaled
    if (shown[index]?.pinned) pinned = left
    return found
  })
  return { columns, pinned, table: Math.max(left, room), filler: own && left < room - 1 }
}

function itemsOf<Row>(
  rows: readonly Row[],
  rowKey: (row: Row) => string,
  groupOf: { value: (row: Row) => string } | undefined,
  closed: ReadonlySet<string>,
): Item<Row>[] {
  const rowOf = (row: Row): Item<Row> => ({ kind: 'row', key: rowKey(row), row })
  if (!groupOf) return rows.map(rowOf)
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const value = groupOf.value(row)
    const group = groups.get(value)
    if (group) group.push(row)
    else groups.set(value, [row])
  }
  return [...groups].flatMap(([value, members]) => {
    const key = `\u0000group:${value}`
    const open = !closed.has(key)
    return [{ kind: 'group' as const, key, value, rows: members, open }, ...(open ? members.map(rowOf) : [])]
  })
}
