import { FileUp, RotateCcw, X } from 'lucide-react'
import { type DragEvent, useRef, useState } from 'react'
import { problemText, useLocale } from '../../i18n'
import { Button, Card, GuideLink, TextField } from '../../ui'
import { bytes, percent } from '../../ui/format'
import { takeFiles } from './mapping'
import { useDataMessages } from './messages'
import { dismissUpload, retryUpload, useUploads } from './uploads'

/** Where files come in: dropped, or chosen by keyboard. */
export function DropZone() {
  const t = useDataMessages()
  const locale = useLocale()
  const input = useRef<HTMLInputElement>(null)
  const [over, setOver] = useState(false)
  const [source, setSource] = useState('files')
  const uploads = useUploads()
  const send = (files: Iterable<File>) => void takeFiles([...files], source.trim() || 'files')
  const drag = (event: DragEvent, inside: boolean) => {
    event.preventDefault()
    setOver(inside)
  }
  return (
    <Card title={t.drop.title}>
      <p className="muted drop-hint">
        {t.drop.hint} <GuideLink page="first-bill" />
      </p>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping is for the mouse; the button does the same by keyboard */}
      <div
        className="drop"
        data-over={over}
        onDragEnter={(event) => drag(event, true)}
        onDragOver={(event) => drag(event, true)}
        onDragLeave={(event) => drag(event, false)}
        onDrop={(event) => {
          drag(event, false)
          send(event.dataTransfer.files)
        }}
      >
        <FileUp size={20} strokeWidth={1.75} aria-hidden="true" />
        <span>
          {t.drop.text} <span className="quiet">{t.drop.or}</span>
        </span>
        <Button kind="primary" onClick={() => input.current?.click()}>
          {t.drop.choose}
        </Button>
        <input
          ref={input}
          type="file"
          multiple
          hidden
          aria-label={t.drop.choose}
          onChange={(event) => {
            send(event.target.files ?? [])
            event.target.value = ''
          }}
        />
      </div>
      <div className="drop-source">
        <TextField
          label={t.drop.source}
          hint={t.drop.sourceHint}
          value={source}
          maxLength={100}
          onChange={(event) => setSource(event.target.value)}
        />
      </div>
      {uploads.length > 0 && (
        <ul className="uploads" aria-live="polite">
          {uploads.map((upload) => (
            <li key={upload.key}>
              <span className="upload-name">
                <b>{upload.name}</b>
                <small className={upload.state === 'failed' ? 'bad-text' : 'quiet'}>
                  {upload.state === 'failed'
                    ? `${t.drop.failed}. ${upload.problem ? problemText(upload.problem, locale) : ''} ${t.drop.safe}`
                    : upload.state === 'waiting'
                      ? `${t.drop.waiting}, ${bytes(upload.size, locale)}`
                      : `${t.drop.uploading}, ${percent(upload.size ? upload.sent / upload.size : 0, locale, { digits: 0 })} / ${bytes(upload.size, locale)}`}
                </small>
                {upload.state !== 'failed' && (
                  <progress value={upload.sent} max={Math.max(1, upload.size)} aria-label={upload.name} />
                )}
              </span>
              {upload.state === 'failed' && (
                <>
                  <Button
                    small
                    icon={<RotateCcw size={13} strokeWidth={1.75} aria-hidden="true" />}
                    aria-label={`${t.drop.retry}: ${upload.name}`}
                    onClick={() => retryUpload(upload.key)}
                  />
                  <Button
                    small
                    icon={<X size={13} strokeWidth={1.75} aria-hidden="true" />}
                    aria-label={`${t.drop.dismiss}: ${upload.name}`}
                    onClick={() => dismissUpload(upload.key)}
                  />
                </>
              )}
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}
