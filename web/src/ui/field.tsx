import { type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes, useId } from 'react'

type Common = { label: ReactNode; hint?: ReactNode; problem?: ReactNode }

/** An input with its label, help and error tied to it. */
export function TextField({ label, hint, problem, ...input }: Common & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        {...input}
        id={id}
        className="input"
        aria-invalid={problem ? true : undefined}
        aria-describedby={`${id}-hint ${id}-problem`}
      />
      <Below id={id} hint={hint} problem={problem} />
    </div>
  )
}

export function SelectField({
  label,
  hint,
  problem,
  children,
  ...select
}: Common & SelectHTMLAttributes<HTMLSelectElement>) {
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select
        {...select}
        id={id}
        className="input"
        aria-invalid={problem ? true : undefined}
        aria-describedby={`${id}-hint ${id}-problem`}
      >
        {children}
      </select>
      <Below id={id} hint={hint} problem={problem} />
    </div>
  )
}

function Below({ id, hint, problem }: { id: string; hint?: ReactNode; problem?: ReactNode }) {
  return (
    <>
      <span className="hint" id={`${id}-hint`}>
        {hint}
      </span>
      <span className="problem" id={`${id}-problem`} role={problem ? 'alert' : undefined}>
        {problem}
      </span>
    </>
  )
}
