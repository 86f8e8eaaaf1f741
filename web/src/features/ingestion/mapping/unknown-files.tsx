import type { Mapping, MappingList } from '@server/modules/ingestion/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api } from '../../../api'
import { problemText, useLocale } from '../../../i18n'
import { Button, Card } from '../../../ui'
import { date } from '../../../ui/format'
import { uploadFiles } from '../uploads'
import { MappingEditor } from './mapping-editor'
import { useMappingMessages } from './messages'
import { forgetFile, useUnknownFiles } from './take-files'
import './mapping.css'

/** Files of nobody's format wait here until their columns are explained; below, the shapes that were explained before. */
export function UnknownFiles() {
  const t = useMappingMessages()
  const locale = useLocale()
  const client = useQueryClient()
  const files = useUnknownFiles()
  const [editing, setEditing] = useState<Mapping | null>(null)
  const [removed, setRemoved] = useState<Mapping | null>(null)
  const saved = useQuery({
    queryKey: ['mappings'],
    queryFn: ({ signal }) => api<MappingList>('/api/v1/mappings', { signal }),
  })
  const refresh = () => void client.invalidateQueries({ queryKey: ['mappings'] })
  const remove = useMutation({
    mutationFn: (mapping: Mapping) =>
      mapping.removed
        ? api<Mapping>(`/api/v1/mappings/${mapping.id}/restore`, { method: 'POST' })
        : api<Mapping>(`/api/v1/mappings/${mapping.id}`, { method: 'DELETE' }),
    onSuccess: (mapping) => {
      setRemoved(mapping.removed ? mapping : null)
      refresh()
    },
  })
  const [file] = files
  const mappings = saved.data?.mappings ?? []
  return (
    <>
      {file && (
        <MappingEditor
          key={file.key}
          title={t.unknown(file.file.name)}
          waiting={files.length - 1}
          names={file.proposal.names}
          head={file.head}
          whole={file.whole}
          first={file.proposal.definition}
          fields={file.proposal.fields}
          name={file.connection === 'files' ? file.file.name.replace(/\.[^.]+$/, '').slice(0, 100) : file.connection}
          onSaved={() => {
            uploadFiles([file.file], { connection: file.connection })
            forgetFile(file.key)
            refresh()
          }}
          onLeave={() => forgetFile(file.key)}
        />
      )}
      {editing && (
        <MappingEditor
          key={`${editing.id}:${editing.version}`}
          title={t.editing(editing.name)}
          mappingId={editing.id}
          names={editing.names}
          first={editing.definition}
          fields={[]}
          name={editing.name}
          onSaved={() => {
            setEditing(null)
            refresh()
          }}
          onLeave={() => setEditing(null)}
        />
      )}
      {(mappings.length > 0 || removed) && (
        <Card title={t.saved} note={t.savedNote}>
          <ul className="mapping-list">
            {mappings.map((mapping) => (
              <li key={mapping.id}>
                <span className="two-lines">
                  <b>{mapping.name}</b>
                  <small className="quiet">
                    {t.version(mapping.version)}, {date(mapping.updatedAt, locale, 'UTC')}, {mapping.names.join(', ')}
                  </small>
                </span>
                <Button small aria-label={`${t.edit}: ${mapping.name}`} onClick={() => setEditing(mapping)}>
                  {t.edit}
                </Button>
                <Button small aria-label={`${t.remove}: ${mapping.name}`} onClick={() => remove.mutate(mapping)}>
                  {t.remove}
                </Button>
              </li>
            ))}
          </ul>
          <div role="status">
            {removed && (
              <p className="mapping-removed">
                {t.removed(removed.name)}{' '}
                <Button small onClick={() => remove.mutate(removed)}>
                  {t.undo}
                </Button>
              </p>
            )}
            {remove.error && <p className="bad-text">{problemText(remove.error as never, locale)}</p>}
          </div>
        </Card>
      )}
    </>
  )
}
