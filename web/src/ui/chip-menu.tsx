import Menu from '@mui/material/Menu'
import MenuItem from '@mui/material/MenuItem'
import { Check, ChevronDown } from 'lucide-react'
import { type ReactNode, useId, useState } from 'react'

export type ChipOption<Id extends string> = { id: Id; label: ReactNode; hint?: ReactNode }

/** A chip that holds a choice and opens a menu of the others. */
export function ChipMenu<Id extends string>({
  label,
  shown,
  prefix,
  icon,
  options,
  value,
  onChange,
  footer,
}: {
  label: string
  shown: ReactNode
  prefix?: ReactNode
  icon?: ReactNode
  options: readonly ChipOption<Id>[]
  value: Id
  onChange: (id: Id) => void
  footer?: (close: () => void) => ReactNode
}) {
  const [anchor, setAnchor] = useState<HTMLElement | null>(null)
  const id = useId()
  const close = () => setAnchor(null)
  return (
    <>
      <button
        type="button"
        className="btn chip"
        id={id}
        aria-haspopup="menu"
        aria-expanded={anchor !== null}
        onClick={(event) => setAnchor(event.currentTarget)}
      >
        {icon}
        <span className="visually-hidden">{label}: </span>
        {prefix !== undefined && <span className="chip-label">{prefix}</span>}
        <span>{shown}</span>
        <ChevronDown size={13} strokeWidth={1.75} className="chevron" aria-hidden="true" />
      </button>
      <Menu anchorEl={anchor} open={anchor !== null} onClose={close} slotProps={{ list: { 'aria-labelledby': id } }}>
        {options.map((option) => (
          <MenuItem
            key={option.id}
            selected={option.id === value}
            role="menuitemradio"
            aria-checked={option.id === value}
            onClick={() => {
              close()
              if (option.id !== value) onChange(option.id)
            }}
          >
            <span style={{ flex: 1, minWidth: 0 }}>
              {option.label}
              {option.hint !== undefined && (
                <span
                  style={{
                    display: 'block',
                    fontSize: 12,
                    lineHeight: '18px',
                    color: 'var(--text-3)',
                    whiteSpace: 'normal',
                    maxWidth: 280,
                  }}
                >
                  {option.hint}
                </span>
              )}
            </span>
            <Check
              size={14}
              strokeWidth={1.75}
              aria-hidden="true"
              style={{ visibility: option.id === value ? 'visible' : 'hidden', color: 'var(--accent)' }}
            />
          </MenuItem>
        ))}
        {footer && <li role="none">{footer(close)}</li>}
      </Menu>
    </>
  )
}
