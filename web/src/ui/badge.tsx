import type { ReactNode } from 'react'

export function Badge({
  tone = 'neutral',
  icon,
  children,
}: {
  tone?: 'neutral' | 'good' | 'bad' | 'warn' | 'accent'
  icon?: ReactNode
  children: ReactNode
}) {
  return (
    <span className={`badge ${tone}`}>
      {icon}
      {children}
    </span>
  )
}
