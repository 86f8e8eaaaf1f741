import { KeyRound, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { useConnectionMessages } from './messages'

/** What happened, what is safe, what to do. The provider's own words stand below in small type. */
export function ProblemNote({
  problem,
  safe = false,
  children,
}: {
  problem: { code: string; message: string }
  safe?: boolean
  children?: ReactNode
}) {
  const t = useConnectionMessages()
  const known = t.problems[problem.code as keyof typeof t.problems]
  const Icon = problem.code === 'unauthorized' || problem.code === 'forbidden' ? KeyRound : TriangleAlert
  return (
    <div className="problem-note">
      <Icon size={15} strokeWidth={1.75} aria-hidden="true" />
      <div>
        <p>
          {known ?? problem.message} {safe && t.card.safe}
        </p>
        {known && <small>{problem.message}</small>}
      </div>
      {children}
    </div>
  )
}
