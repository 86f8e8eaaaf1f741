import Popover from '@mui/material/Popover'
import { Columns3, Pin, PinOff } from 'lucide-react'
import { useState } from 'react'
import { Button } from '../button'
import type { GridLayout } from './layout'
import { useGridMessages } from './messages'

/** Which columns are shown and which stand still; and whether rows are gathered under the first column. */
export function ColumnsMenu({
  layout,
  columns,
  groupable,
}: {
  layout: GridLayout
  columns: readonly { id: string; name: string }[]
  /** name of what rows can be grouped by; absent where there is nothing to group */
  groupable?: string
}) {
  const t = useGridMessages()
  const [anchor, setAnchor] = useState<HTMLElement | null>(null)
  const shown = columns.filter((column) => !layout.isHidden(column.id)).length
  return (
    <>
      <Button
        small
        aria-haspopup="dialog"
        aria-expanded={anchor !== null}
        icon={<Columns3 size={13} strokeWidth={1.75} aria-hidden="true" />}
        onClick={(event) => setAnchor(event.currentTarget)}
      >
        {t.columns}
      </Button>
      <Popover
        open={anchor !== null}
        anchorEl={anchor}
        onClose={() => setAnchor(null)}
        transitionDuration={120}
        anchorOrigin={{ vertical: 'bottom', horizontal: 'right' }}
        transformOrigin={{ vertical: 'top', horizontal: 'right' }}
        slotProps={{ paper: { role: 'dialog', 'aria-label': t.columns } }}
      >
        <ul className="columns-menu">
          {columns.map((column, index) => {
            const pinned = layout.isPinned(column.id, index)
            const hidden = layout.isHidden(column.id)
            return (
              <li key={column.id}>
                <label className="check">
                  <input
                    type="checkbox"
                    checked={!hidden}
                    // A table without columns cannot be brought back by looking at it.
                    disabled={!hidden && shown === 1}
                    onChange={() => layout.setHidden(column.id, !hidden)}
                  />
                  {column.name}
                </label>
                <Button
                  small
                  kind="ghost"
                  aria-pressed={pinned}
                  aria-label={t.pin(column.name)}
                  title={t.pin(column.name)}
                  icon={
                    pinned ? (
                      <Pin size={13} strokeWidth={1.75} aria-hidden="true" className="columns-menu-pin" />
                    ) : (
                      <PinOff size={13} strokeWidth={1.75} aria-hidden="true" />
                    )
                  }
                  onClick={() => layout.setPinned(column.id, !pinned, columns[0]?.id)}
                />
              </li>
            )
          })}
        </ul>
        <div className="columns-menu-foot">
          {groupable !== undefined && (
            <label className="check">
              <input
                type="checkbox"
                checked={layout.grouped}
                onChange={(event) => layout.setGrouped(event.target.checked)}
              />
              {t.groupBy(groupable)}
            </label>
          )}
          <p className="quiet">{t.hint}</p>
          {layout.changed && (
            <Button small onClick={layout.reset}>
              {t.reset}
            </Button>
          )}
        </div>
      </Popover>
    </>
  )
}
