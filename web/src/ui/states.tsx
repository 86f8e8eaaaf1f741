import { TriangleAlert } from 'lucide-react'
import type { CSSProperties, ReactNode } from 'react'
import { ApiError } from '../api/client'
import { problemText, useLocale, useMessages } from '../i18n'
import { Button } from './button'

/** What this part will answer once there is data, and the ways to get there. */
export function EmptyState({
  icon,
  title,
  children,
  actions,
}: {
  icon?: ReactNode
  title: ReactNode
  children?: ReactNode
  actions?: ReactNode
}) {
  return (
    <div className="empty">
      {icon !== undefined && (
        <div className="empty-icon" aria-hidden="true">
          {icon}
        </div>
      )}
      <h2>{title}</h2>
      {children !== undefined && <p>{children}</p>}
      {actions !== undefined && <div className="empty-actions">{actions}</div>}
    </div>
  )
}

/** What happened, what is safe, what to do. */
export function ErrorPanel({ error, onRetry, title }: { error: unknown; onRetry?: () => void; title?: ReactNode }) {
  const t = useMessages()
  const locale = useLocale()
  const known = error instanceof ApiError ? error : null
  return (
    <div className="error-panel" role="alert">
      <TriangleAlert size={16} strokeWidth={1.75} aria-hidden="true" />
      <div>
        <h2>{title ?? t.errors.title}</h2>
        <p>
          {known?.code === 'unreachable'
            ? t.errors.unreachable
            : `${known ? problemText(known, locale) : String(error)} ${t.errors.safe}`}
        </p>
        {known && known.code !== 'unreachable' && (
          <p className="error-code">
            {t.errors.code}: <code>{known.code}</code>
          </p>
        )}
        {onRetry && (
          <Button small onClick={onRetry}>
            {t.common.retry}
          </Button>
        )}
      </div>
    </div>
  )
}

/** A place that will be filled, in its final size. */
export function Skeleton({
  width = '100%',
  height = 12,
  style,
}: {
  width?: CSSProperties['width']
  height?: CSSProperties['height']
  style?: CSSProperties
}) {
  return <span className="skeleton" aria-hidden="true" style={{ width, height, ...style }} />
}

export function SkeletonRows({ rows = 6, height = 32 }: { rows?: number; height?: number }) {
  const t = useMessages()
  return (
    <div role="status" aria-label={t.common.loading}>
      {Array.from({ length: rows }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: placeholders have no identity
        <div key={index} style={{ height, display: 'flex', alignItems: 'center', gap: 16, padding: '0 16px' }}>
          <Skeleton width={`${38 - ((index * 7) % 18)}%`} />
          <Skeleton width={64} style={{ marginLeft: 'auto' }} />
          <Skeleton width={44} />
        </div>
      ))}
    </div>
  )
}
