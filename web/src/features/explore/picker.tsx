import Popover from '@mui/material/Popover'
import { Plus } from 'lucide-react'
import { type KeyboardEvent, type ReactNode, useId, useMemo, useState } from 'react'
import { useExploreMessages } from './messages'

export type PickOption = { id: string; name: string; hint?: string; group?: string }

type Props = {
  label: string
  options: PickOption[]
  onPick: (id: string) => void
}

/** A dashed "+ something" that opens a list with a search field. Arrow keys move, Enter takes, Escape closes. */
export function Picker({ label, options, onPick }: Props) {
  return (
    <Adder label={label}>
      {(close) => (
        <PickList
          label={label}
          options={options}
          onPick={(id) => {
            close()
            onPick(id)
          }}
        />
      )}
    </Adder>
  )
}

/** A dashed "+ something"; what it opens is made anew each time. */
export function Adder({ label, children }: { label: string; children: (close: () => void) => ReactNode }) {
  const [anchor, setAnchor] = useState<HTMLElement | null>(null)
  const close = () => setAnchor(null)
  return (
    <>
      <button
        type="button"
        className="token token-add"
        aria-haspopup="dialog"
        aria-expanded={anchor !== null}
        onClick={(event) => setAnchor(event.currentTarget)}
      >
        <Plus size={13} strokeWidth={1.75} aria-hidden="true" />
        {label}
      </button>
      <Popup anchor={anchor} onClose={close} label={label}>
        {children(close)}
      </Popup>
    </>
  )
}

export function Popup({
  anchor,
  onClose,
  label,
  children,
}: {
  anchor: HTMLElement | null
  onClose: () => void
  label: string
  children: ReactNode
}) {
  return (
    <Popover
      open={anchor !== null}
      anchorEl={anchor}
      onClose={onClose}
      anchorOrigin={{ vertical: 'bottom', horizontal: 'left' }}
      transitionDuration={120}
      slotProps={{ paper: { className: 'popup', role: 'dialog', 'aria-label': label } }}
    >
      {children}
    </Popover>
  )
}

export function PickList({ label, options, onPick }: Props) {
  const t = useExploreMessages()
  const id = useId()
  const [text, setText] = useState('')
  const [active, setActive] = useState(0)
  const found = useMemo(() => {
    const wanted = text.trim().toLowerCase()
    return options
      .filter(
        (option) => wanted === '' || `${option.name} ${option.id} ${option.hint ?? ''}`.toLowerCase().includes(wanted),
      )
      .slice(0, 200)
  }, [options, text])
  const at = Math.min(active, found.length - 1)

  const onKey = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    if (step !== 0) {
      event.preventDefault()
      const to = Math.max(0, Math.min(found.length - 1, at + step))
      setActive(to)
      document.getElementById(`${id}-${to}`)?.scrollIntoView({ block: 'nearest' })
    }
    const chosen = found[at]
    if (event.key === 'Enter' && chosen) {
      event.preventDefault()
      onPick(chosen.id)
    }
  }

  return (
    <>
      <input
        className="popup-search"
        // biome-ignore lint/a11y/noAutofocus: the list opens by a press and is there to be typed into
        autoFocus
        placeholder={t.builder.search}
        aria-label={`${label}: ${t.builder.search}`}
        role="combobox"
        aria-expanded="true"
        aria-controls={`${id}-list`}
        aria-activedescendant={found.length ? `${id}-${at}` : undefined}
        value={text}
        onChange={(event) => {
          setText(event.target.value)
          setActive(0)
        }}
        onKeyDown={onKey}
      />
      <div className="popup-list" id={`${id}-list`} role="listbox" aria-label={label}>
        {found.length === 0 && <p className="popup-empty">{t.builder.nothing}</p>}
        {found.map((option, index) => (
          <div key={option.id} role="presentation">
            {option.group !== undefined && option.group !== found[index - 1]?.group && (
              <div className="popup-group" aria-hidden="true">
                {option.group}
              </div>
            )}
            {/* biome-ignore lint/a11y/useKeyWithClickEvents: keys are handled by the search field that owns the list */}
            <div
              id={`${id}-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === at}
              className="popup-option"
              onMouseMove={() => setActive(index)}
              onClick={() => onPick(option.id)}
            >
              <span>{option.name}</span>
              {option.hint && <span className="popup-hint">{option.hint}</span>}
            </div>
          </div>
        ))}
      </div>
    </>
  )
}
