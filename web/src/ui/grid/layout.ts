import { type ReactNode, useCallback, useMemo, useState } from 'react'

export type GridColumn<Row> = {
  id: string
  name: string
  align?: 'left' | 'right'
  /** pixels, until the reader draws it wider or narrower */
  width: number
  cell: (row: Row) => ReactNode
  /** what is copied: plain text, amounts as decimal strings */
  text: (row: Row) => string
  sortable?: boolean
  /** stands in the total row, and what is copied of it */
  total?: ReactNode
  /** the cell of a group’s own row, over the group’s rows; empty where values do not add up */
  ofGroup?: (rows: readonly Row[]) => ReactNode
  /** place in the two lines of a phone; columns without one are left to the details */
  phone?: 'title' | 'amount' | 'note' | 'aside'
}

type Saved = { widths: Record<string, number>; hidden: string[]; pinned: string[] | null; grouped: boolean }
const nothing: Saved = { widths: {}, hidden: [], pinned: null, grouped: false }
const narrowest = 64
const widest = 900

export type GridLayout = ReturnType<typeof useGridLayout>

/** How the reader has arranged the columns; kept in this browser under `name`. Pinned columns come first. */
export function useGridLayout(name: string) {
  const key = `infrazen-grid-${name}`
  const [saved, setSaved] = useState<Saved>(() => read(key))
  const change = useCallback(
    (patch: Partial<Saved>) =>
      setSaved((before) => {
        const next = { ...before, ...patch }
        write(key, next)
        return next
      }),
    [key],
  )
  return useMemo(
    () => ({
      ...saved,
      isHidden: (id: string) => saved.hidden.includes(id),
      /** the first column is frozen until the reader says otherwise */
      isPinned: (id: string, index: number) => (saved.pinned === null ? index === 0 : saved.pinned.includes(id)),
      setWidths: (widths: Record<string, number>) =>
        change({
          widths: Object.fromEntries(
            Object.entries({ ...saved.widths, ...widths }).map(([id, width]) => [
              id,
              Math.round(Math.max(narrowest, Math.min(widest, width))),
            ]),
          ),
        }),
      setHidden: (id: string, hide: boolean) =>
        change({ hidden: hide ? [...saved.hidden, id] : saved.hidden.filter((other) => other !== id) }),
      setPinned: (id: string, pin: boolean, first: string | undefined) => {
        const before = saved.pinned ?? (first === undefined ? [] : [first])
        change({ pinned: pin ? [...new Set([...before, id])] : before.filter((other) => other !== id) })
      },
      setGrouped: (grouped: boolean) => change({ grouped }),
      changed: JSON.stringify(saved) !== JSON.stringify(nothing),
      reset: () => change(nothing),
    }),
    [saved, change],
  )
}

function read(key: string): Saved {
  try {
    const found = JSON.parse(localStorage.getItem(key) ?? '{}') as Partial<Saved>
    const texts = (list: unknown) =>
      Array.isArray(list) ? list.filter((item): item is string => typeof item === 'string') : null
    return {
      widths: Object.fromEntries(
        Object.entries(found.widths ?? {}).filter(
          ([, width]) => Number.isFinite(width) && width >= narrowest && width <= widest,
        ),
      ),
      hidden: texts(found.hidden) ?? [],
      pinned: texts(found.pinned),
      grouped: found.grouped === true,
    }
  } catch {
    return nothing
  }
}

function write(key: string, saved: Saved): void {
  try {
    localStorage.setItem(key, JSON.stringify(saved))
  } catch {
    // Private windows may refuse; then the arrangement lasts for this visit.
  }
}
