import { type ReactNode, useId } from 'react'

/** A titled region of the page. `note` says unit or period in quiet type; `tools` stand at the right. */
export function Card({
  title,
  note,
  tools,
  children,
  className = '',
  flush = false,
}: {
  title?: ReactNode
  note?: ReactNode
  tools?: ReactNode
  children: ReactNode
  className?: string /** content reaches the edges, as tables do */
  flush?: boolean
}) {
  const id = useId()
  return (
    <section className={`card ${className}`} aria-labelledby={title === undefined ? undefined : id}>
      {title !== undefined && (
        <header className="card-head">
          <h2 id={id}>{title}</h2>
          {note !== undefined && <span className="card-note">{note}</span>}
          {tools !== undefined && <div className="card-tools">{tools}</div>}
        </header>
      )}
      {flush ? children : <div className="card-body">{children}</div>}
    </section>
  )
}
