import type { Check, ConnectorManifest } from '@server/modules/connections/contract'
import { CircleCheck, CircleHelp, CircleX } from 'lucide-react'
import { useLocale } from '../../i18n'
import { useConnectionMessages } from './messages'

const icons = { works: CircleCheck, missing: CircleX, unknown: CircleHelp }

/** The rights of a connector: what each is for, whether it works, and how to give it where it does not. */
export function Checks({ manifest, checks }: { manifest: ConnectorManifest; checks: readonly Check[] | null }) {
  const t = useConnectionMessages()
  const locale = useLocale()
  return (
    <ul className="checks">
      {manifest.rights.map((right) => {
        const check = checks?.find((candidate) => candidate.right === right.id)
        const Icon = check ? icons[check.state] : CircleHelp
        const label = check && { works: t.test.works, missing: t.test.lacks, unknown: t.test.unknown }[check.state]
        return (
          <li key={right.id} data-state={check?.state ?? 'untried'}>
            <Icon size={16} strokeWidth={1.75} aria-hidden="true" />
            <div>
              <p>
                <strong>{right.title[locale]}</strong>{' '}
                <span className="quiet">{label ?? (right.needed ? t.setUp.needed : t.setUp.optional)}</span>
              </p>
              {check?.state !== 'works' && <p>{right.remedy[locale]}</p>}
              {check && check.state !== 'works' && (
                <small>
                  {check.state === 'unknown' && `${t.problems[check.code as keyof typeof t.problems] ?? ''} `}
                  {check.message}
                </small>
              )}
            </div>
          </li>
        )
      })}
    </ul>
  )
}
