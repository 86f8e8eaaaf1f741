import type { Connection, ConnectorManifest } from '@server/modules/connections/contract'
import { Link } from '@tanstack/react-router'
import { Plus } from 'lucide-react'
import { useLocale } from '../../i18n'
import { Card } from '../../ui'
import { Mark } from './mark'
import { useConnectionMessages } from './messages'
import { nameOf } from './name-of'

/** Everything that can be connected, by its manifest. */
export function Gallery({
  connectors,
  connections,
  onChoose,
}: {
  connectors: readonly ConnectorManifest[]
  connections: readonly Connection[]
  onChoose: (id: string) => void
}) {
  const t = useConnectionMessages()
  const locale = useLocale()
  const sorted = [...connectors].sort(
    (a, b) => a.category.localeCompare(b.category) || nameOf(a, locale).localeCompare(nameOf(b, locale), locale),
  )
  return (
    <Card
      title={connections.length === 0 ? t.galleryFirst : t.gallery}
      note={t.galleryNote}
      tools={<Link to="/data">{t.files}</Link>}
    >
      <ul className="gallery">
        {sorted.map((connector) => {
          const known = connections.filter((connection) => connection.connector === connector.id).length
          return (
            <li key={connector.id}>
              <button type="button" className="tile" onClick={() => onChoose(connector.id)}>
                <Mark id={connector.id} name={nameOf(connector, locale)} />
                <span className="tile-text">
                  <strong>{nameOf(connector, locale)}</strong>
                  <small>{connector.summary[locale]}</small>
                  <small className="tile-kind">
                    {t.category[connector.category]}
                    {known > 0 && `, ${t.connected(known)}`}
                  </small>
                </span>
                <Plus size={15} strokeWidth={1.75} aria-hidden="true" />
              </button>
            </li>
          )
        })}
      </ul>
    </Card>
  )
}
