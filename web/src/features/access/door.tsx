import type { ReactNode } from 'react'
import { Logo } from '../../app/logo'
import './access.css'

export function Door({
  title,
  lead,
  children,
  wide = false,
}: {
  title: string
  lead: string
  children: ReactNode
  wide?: boolean
}) {
  return (
    <div className="door">
      <header className="door-brand">
        <Logo size={20} />
        InfraZen
      </header>
      <main>
        <div className={`door-card ${wide ? 'wide' : ''}`}>
          <h1>{title}</h1>
          <p>{lead}</p>
          {children}
        </div>
      </main>
    </div>
  )
}
