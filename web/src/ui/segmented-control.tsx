import type { KeyboardEvent } from 'react'

/** One of a few. Arrow keys move, as in any radio group. */
export function SegmentedControl<Id extends string>({
  label,
  options,
  value,
  onChange,
}: {
  label: string
  options: readonly { id: Id; label: string }[]
  value: Id
  onChange: (id: Id) => void
}) {
  const move = (event: KeyboardEvent<HTMLDivElement>) => {
    const step =
      event.key === 'ArrowRight' || event.key === 'ArrowDown'
        ? 1
        : event.key === 'ArrowLeft' || event.key === 'ArrowUp'
          ? -1
          : 0
    if (step === 0) return
    event.preventDefault()
    const index = options.findIndex((option) => option.id === value)
    const next = options[(index + step + options.length) % options.length]
    if (!next) return
    onChange(next.id)
    event.currentTarget.querySelectorAll('button')[options.indexOf(next)]?.focus()
  }
  return (
    <div className="segments" role="radiogroup" aria-label={label} onKeyDown={move}>
      {options.map((option) => (
        // biome-ignore lint/a11y/useSemanticElements: a segmented control is a radio group drawn as buttons
        <button
          key={option.id}
          type="button"
          role="radio"
          aria-checked={option.id === value}
          tabIndex={option.id === value ? 0 : -1}
          onClick={() => onChange(option.id)}
        >
          {option.label}
        </button>
      ))}
    </div>
  )
}
