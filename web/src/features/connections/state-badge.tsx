import type { Connection } from '@server/modules/connections/contract'
import { Check, CircleDashed, FileText, LoaderCircle, Pause, TriangleAlert } from 'lucide-react'
import { Badge } from '../../ui'
import { useConnectionMessages } from './messages'

const looks = {
  healthy: ['good', Check],
  reading: ['accent', LoaderCircle],
  first: ['accent', LoaderCircle],
  waiting: ['neutral', CircleDashed],
  attention: ['bad', TriangleAlert],
  paused: ['warn', Pause],
  files: ['neutral', FileText],
} as const

export function StateBadge({ state }: { state: Connection['state'] }) {
  const t = useConnectionMessages()
  const [tone, Icon] = looks[state]
  return (
    <Badge
      tone={tone}
      icon={
        <Icon
          size={13}
          strokeWidth={2}
          aria-hidden="true"
          className={state === 'reading' || state === 'first' ? 'spin' : undefined}
        />
      }
    >
      {t.state[state]}
    </Badge>
  )
}
