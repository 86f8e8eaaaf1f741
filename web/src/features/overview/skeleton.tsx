import { useMessages } from '../../i18n'
import { Skeleton, SkeletonRows } from '../../ui'

/** The page in its final shape, before the first answer. */
export function OverviewSkeleton() {
  const t = useMessages()
  return (
    <div className="overview" role="status" aria-label={t.common.loading}>
      <div className="sentence" aria-hidden="true">
        <div>
          <Skeleton width="min(640px, 100%)" height={20} style={{ margin: '5px 0' }} />
          <Skeleton width="min(470px, 80%)" height={20} style={{ margin: '10px 0 5px' }} />
          <Skeleton width="min(360px, 70%)" height={12} style={{ marginTop: 12 }} />
        </div>
      </div>
      <div className="card figures" aria-hidden="true">
        {[0, 1, 2, 3].map((at) => (
          <div key={at} className="figure" style={{ height: 158 }}>
            <Skeleton width={90} />
            <Skeleton width={150} height={28} style={{ margin: '12px 0' }} />
            <Skeleton width="70%" />
            <Skeleton width="100%" height={22} style={{ marginTop: 14 }} />
          </div>
        ))}
      </div>
      <div className="overview-main" aria-hidden="true">
        <div className="card" style={{ height: 420, padding: 16 }}>
          <Skeleton width={180} height={16} />
          <Skeleton width="100%" height={330} style={{ marginTop: 36 }} />
        </div>
        <div className="card" style={{ height: 420, paddingTop: 16 }}>
          <SkeletonRows rows={8} height={46} />
        </div>
      </div>
      <div className="card" style={{ height: 142 }} aria-hidden="true" />
    </div>
  )
}
