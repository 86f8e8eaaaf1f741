import { type ReactNode, useId } from 'react'

/** A text of several lines with its label and help. */
export function TextArea({
  label,
  hint,
  value,
  rows = 4,
  mono = false,
  onChange,
}: {
  label: ReactNode
  hint?: ReactNode
  value: string
  rows?: number
  mono?: boolean
  onChange: (text: string) => void
}) {
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <textarea
        id={id}
        className={mono ? 'input mono' : 'input'}
        rows={rows}
        value={value}
        spellCheck={false}
        aria-describedby={`${id}-hint`}
        onChange={(event) => onChange(event.target.value)}
      />
      <span className="hint" id={`${id}-hint`}>
        {hint}
      </span>
    </div>
  )
}
