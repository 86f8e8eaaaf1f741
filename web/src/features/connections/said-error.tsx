import { ApiError } from '../../api'
import { ErrorPanel } from '../../ui'
import { useConnectionMessages } from './messages'
import { ProblemNote } from './problem-note'

/** A refusal in the reader's language where its code is known, else as the server says it. */
export function SaidError({ error }: { error: unknown }) {
  const t = useConnectionMessages()
  if (error instanceof ApiError && error.code in t.problems)
    return (
      <div role="alert">
        <ProblemNote problem={error} />
      </div>
    )
  return <ErrorPanel error={error} title={t.notice.failed} />
}
