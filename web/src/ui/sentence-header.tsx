import type { ReactNode } from 'react'

/** The page's answer in one sentence, the facts it rests on, and what can be done with it. */
export function SentenceHeader({
  children,
  facts,
  tools,
}: {
  children: ReactNode
  facts?: ReactNode
  tools?: ReactNode
}) {
  return (
    <header className="sentence">
      <h1>{children}</h1>
      {tools !== undefined && <div className="sentence-tools">{tools}</div>}
      {facts !== undefined && <div className="facts">{facts}</div>}
    </header>
  )
}
