import { Link } from '@tanstack/react-router'
import { Compass, TriangleAlert } from 'lucide-react'
import { useMessages } from '../i18n'
import { Button, EmptyState } from '../ui'

export function NotFoundPage() {
  const t = useMessages()
  return (
    <main className="lone-page">
      <EmptyState
        icon={<Compass size={20} strokeWidth={1.75} />}
        title={t.errors.notFound}
        actions={
          <Link to="/overview" className="btn primary">
            {t.errors.toOverview}
          </Link>
        }
      >
        {t.errors.notFoundHint}
      </EmptyState>
    </main>
  )
}

export function CrashPage({ error }: { error: unknown }) {
  const t = useMessages()
  return (
    <div className="lone-page" role="alert">
      <EmptyState
        icon={<TriangleAlert size={20} strokeWidth={1.75} />}
        title={t.errors.crashed}
        actions={
          <Button kind="primary" onClick={() => location.reload()}>
            {t.common.retry}
          </Button>
        }
      >
        {t.errors.crashedHint}
        <br />
        <code>{error instanceof Error ? error.message : String(error)}</code>
      </EmptyState>
    </div>
  )
}
