import { X } from 'lucide-react'
import { useMessages } from '../i18n'
import { Button } from './button'

export type NoticeContent = { text: string; undo?: () => void }

/** What was just done, at the foot of the page, with the way to undo it. Stays until it is closed or something else is done. */
export function Notice({ notice, onClose }: { notice: NoticeContent | null; onClose: () => void }) {
  const t = useMessages()
  return (
    <div className="notice-place" role="status">
      {notice && (
        <div className="notice">
          <span>{notice.text}</span>
          {notice.undo && (
            <Button small onClick={notice.undo}>
              {t.common.undo}
            </Button>
          )}
          <Button
            small
            kind="ghost"
            aria-label={t.nav.close}
            icon={<X size={14} strokeWidth={1.75} aria-hidden="true" />}
            onClick={onClose}
          />
        </div>
      )}
    </div>
  )
}
